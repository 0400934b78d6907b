#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "edged/agent/terminal.h"
#include "tests/fakes/fake_mqtt.h"
#include "tests/fakes/fake_runtime.h"
#include "tests/fakes/fake_store.h"
#include "tests/fakes/fake_volumes.h"
#include "tests/fakes/skipping_executor.h"
#include "tests/fakes/temp_folder.h"
#include "tests/fault/kill/crashing_ports.h"

namespace edge::identity {

struct QuietEvents final : edged::RuntimeEvents {
  void Subscribe(std::function<void(edged::RuntimeEvent)>, std::function<void()>) override {}
};

struct NoFacts final : edged::NodeFactsSource {
  Result<edged::NodeFacts> Read() override { return Unavailable("this machine has no facts"); }
};

/// A terminal that was enrolled as till-1 and whose store holds one pod: its disk, its runtime, a
/// broker and, in the test's hands, the hub's enrolment. There is no hub otherwise.
///
/// Thread rule: one thread; the agent's lanes are its own.
class TerminalWorld {
 public:
  TerminalWorld();
  ~TerminalWorld();

  /// As after a power cut: a new process looks at what the disk has.
  void Start();
  edged::Self self() const { return self_; }

  fakes::TempFolder files;
  std::string path(const std::string& file) const { return files.path() + "/identity/" + file; }
  /// Puts a join token where the terminal looks, which the hub will accept once.
  void PutToken(const std::string& node);

  /// The certificate has expired, and the broker refuses it.
  void Expire();
  /// spec.allowExpiredRenewal of the EdgeNode.
  bool allow_expired_renewal = false;

  /// Runs until `done`; whether it came about within some minutes of the terminal's own time.
  bool Await(const std::function<bool()>& done);
  bool PodRuns();
  Json Status() const { return terminal_->StatusJson(); }
  bool Degraded(const std::string& words) const {
    return FindString(Status(), {"degraded"}).find(words) != std::string::npos;
  }
  bool Online() const { return broker_.Online("edge-system:node:till-1"); }

 private:
  void Enrol();
  void LetHubAnswer();
  certs::EnrolReply Renew(const certs::EnrolmentServer& server, const certs::EnrolRequest& request);

  fakes::SkippingExecutor executor_;
  SystemRandom random_;
  std::mutex lock_;
  kill::CrashPoints points_;  // none is armed: the ports lend their lock
  fakes::FakeBroker broker_{executor_};
  fakes::FakeRuntime runtime_;  // guarded by lock_
  fakes::FakeVolumes volumes_;  // guarded by lock_
  fakes::FakeDisk disk_;
  QuietEvents events_;
  NoFacts facts_;
  std::optional<certs::StoredToken> stored_token_;
  std::size_t answered_ = 0;
  edged::Self self_;

  struct Process;
  std::unique_ptr<Process> process_;
  edged::Terminal* terminal_ = nullptr;  ///< of the process
};

}  // namespace edge::identity
