#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/loop.h"
#include "link/broker_config.h"
#include "link/ports/mqtt_client.h"
#include "tests/fakes/temp_folder.h"

namespace edge::link::testing {

/// Runs `loop` until `condition` holds; fails the test, naming `what`, when it does not in time.
void RunUntil(Loop& loop, const std::string& what, const std::function<bool()>& condition,
              Duration limit = std::chrono::seconds(15));
/// Runs `loop` for a while, to see that something does not happen.
void RunFor(Loop& loop, Duration time);

/// Runs a program to its end; fails the test when it fails.
void Run(const std::vector<std::string>& command);

std::uint16_t FreePort();

/// A program that runs until the object goes. Its output is appended to `log`.
class Child {
 public:
  Child(const std::vector<std::string>& command, const std::string& log);
  ~Child() { Stop(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void Stop();

 private:
  pid_t pid_ = -1;
};

/// Waits until somebody listens on the loopback port; fails the test when nobody does.
void AwaitListener(std::uint16_t port, const std::string& what);

/// A throwaway CA and certificates of it, as PEM files in a folder.
class TestCa {
 public:
  TestCa(std::string folder, const std::string& name);
  /// `names` are subject alternative names ("DNS:localhost"), empty for clients.
  MqttTls Issue(const std::string& file, const std::string& common_name,
                const std::string& names = {}) const;
  const std::string& ca_file() const { return ca_file_; }

 private:
  std::string folder_, ca_file_;
};

/// A real Mosquitto with our configuration, on loopback ports of its own.
class TestBroker {
 public:
  struct Setup {
    std::string cluster_name = "retail-edge";
    std::string certificate_names = "DNS:localhost";
  };
  TestBroker() : TestBroker(Setup{}) {}
  explicit TestBroker(const Setup& setup);
  ~TestBroker();

  void Start();
  void Stop();
  void Restart() {
    Stop();
    Start();
  }

  std::string node_url() const { return Url(config_.node_port); }
  std::string hub_url() const { return Url(config_.hub_port); }
  std::string enrol_url() const { return Url(config_.enrol_port); }
  std::uint16_t node_port() const { return config_.node_port; }
  const TestCa& ca() const { return *ca_; }
  const std::string& folder() const { return folder_.path(); }
  /// Files for "system:node:<node>", "edge:hub"; made on the first call.
  MqttTls NodeTls(const std::string& node);
  MqttTls HubTls();
  std::string Log() const;

  static std::string Url(std::uint16_t port) { return "tls://localhost:" + std::to_string(port); }

 private:
  fakes::TempFolder folder_;
  std::unique_ptr<TestCa> ca_;
  BrokerConfig config_;
  std::unique_ptr<Child> mosquitto_;
};

}  // namespace edge::link::testing
