#include "tests/integration/link/broker.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "common/file.h"

namespace edge::link::testing {
namespace {

pid_t Spawn(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves nobody behind
  const int fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(fd, STDOUT_FILENO);
  dup2(fd, STDERR_FILENO);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

bool Listens(std::uint16_t port) {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

void RunUntil(Loop& loop, const std::string& what, const std::function<bool()>& condition,
              Duration limit) {
  const BootTime end = loop.clock().Boot() + limit;
  bool held = false;
  Timer next;
  std::function<void()> check = [&] {
    held = condition();
    if (held || loop.clock().Boot() >= end) return loop.Stop();
    next = loop.After(std::chrono::milliseconds(2), check);
  };
  loop.Post(check);
  loop.Run();
  INFO("waited for: " << what);
  REQUIRE(held);
}

void RunFor(Loop& loop, Duration time) {
  const Timer end = loop.After(time, [&] { loop.Stop(); });
  loop.Run();
}

void Run(const std::vector<std::string>& command) {
  const std::string log = std::filesystem::temp_directory_path() /
                          ("link-test-command." + std::to_string(getpid()) + ".log");
  const pid_t pid = Spawn(command, log);
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  INFO(command[0] << " " << command[1] << ": " << ReadFile(log).value());
  REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  std::filesystem::remove(log);
}

std::uint16_t FreePort() {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

Child::Child(const std::vector<std::string>& command, const std::string& log)
    : pid_(Spawn(command, log)) {}

void Child::Stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void AwaitListener(std::uint16_t port, const std::string& what) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!Listens(port) && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  INFO("waited for " << what << " to listen on port " << port);
  REQUIRE(Listens(port));
}

TestCa::TestCa(std::string folder, const std::string& name) : folder_(std::move(folder)) {
  ca_file_ = folder_ + "/" + name + ".pem";
  Run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
       "-keyout", folder_ + "/" + name + ".key", "-out", ca_file_, "-subj", "/CN=" + name, "-days",
       "2", "-addext", "basicConstraints=critical,CA:TRUE"});
}

MqttTls TestCa::Issue(const std::string& file, const std::string& common_name,
                      const std::string& names) const {
  const std::string base = folder_ + "/" + file;
  const std::string ca_key = ca_file_.substr(0, ca_file_.size() - 4) + ".key";
  Run({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
       "-keyout", base + ".key", "-out", base + ".csr", "-subj", "/CN=" + common_name});
  const std::string extensions =
      names.empty() ? "basicConstraints=CA:FALSE\n" : "subjectAltName=" + names + "\n";
  REQUIRE(WriteFileAtomically(base + ".ext", extensions, 0600).ok());
  Run({"openssl", "x509", "-req", "-in", base + ".csr", "-CA", ca_file_, "-CAkey", ca_key,
       "-CAcreateserial", "-out", base + ".pem", "-days", "1", "-extfile", base + ".ext"});
  return {ca_file_, base + ".pem", base + ".key"};
}

TestBroker::TestBroker(const Setup& setup) {
  ca_ = std::make_unique<TestCa>(folder(), "ca");
  const MqttTls own = ca_->Issue("broker", "broker", setup.certificate_names);
  config_.cluster_name = setup.cluster_name;
  config_.folder = folder();
  config_.data_folder = folder();
  config_.log_file = folder() + "/mosquitto.log";
  config_.user = "root";
  config_.ca_file = own.ca_file;
  config_.certificate_file = own.certificate_file;
  config_.key_file = own.key_file;
  config_.bind_address = "127.0.0.1";
  config_.node_port = FreePort();
  config_.hub_port = FreePort();
  config_.enrol_port = FreePort();
  REQUIRE(WriteBrokerFiles(config_, config_.folder).ok());
  Start();
}

TestBroker::~TestBroker() { Stop(); }

void TestBroker::Start() {
  mosquitto_ = std::make_unique<Child>(
      std::vector<std::string>{"mosquitto", "-c", folder() + "/mosquitto.conf"},
      folder() + "/mosquitto.out");
  UNSCOPED_INFO("Mosquitto says: " << Log());
  AwaitListener(config_.enrol_port, "Mosquitto");
}

void TestBroker::Stop() { mosquitto_.reset(); }

std::string TestBroker::Log() const {
  const auto out = ReadFile(folder() + "/mosquitto.out");
  const auto log = ReadFile(folder() + "/mosquitto.log");
  return (out.ok() ? *out : "") + (log.ok() ? *log : "");
}

MqttTls TestBroker::NodeTls(const std::string& node) {
  const std::string base = folder() + "/" + node;
  if (std::filesystem::exists(base + ".pem")) return {ca_->ca_file(), base + ".pem", base + ".key"};
  return ca_->Issue(node, "system:node:" + node);
}

MqttTls TestBroker::HubTls() {
  const std::string base = folder() + "/hub";
  if (std::filesystem::exists(base + ".pem")) return {ca_->ca_file(), base + ".pem", base + ".key"};
  return ca_->Issue("hub", kHubUser);
}

}  // namespace edge::link::testing
