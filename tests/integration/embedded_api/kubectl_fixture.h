#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include "common/file.h"
#include "tests/integration/embedded_api/server_fixture.h"

namespace edge::cloudhub::embedded {

struct Run {
  int code = -1;
  std::string output;  // both streams
};

/// Where tools/install-packages puts Debian's old kubectl on a machine that has another one.
inline std::string OldKubectl() {
  if (const char* old = std::getenv("EDGE_KUBECTL_OLD"); old != nullptr) return old;
  const char* top = std::getenv("EDGE_SOURCE_DIR");
  const std::string unpacked =
      std::string(top == nullptr ? "." : top) + "/build/kubectl-old/usr/bin/kubectl";
  return std::filesystem::exists(unpacked) ? unpacked : std::string();
}

/// Every kubectl that is to be tried: the one on PATH, and an old one where it is not that.
inline std::vector<std::string> Kubectls() {
  std::vector<std::string> found = {"kubectl"};
  if (const std::string old = OldKubectl(); !old.empty()) found.push_back(old);
  return found;
}

/// One kubectl and an API of its own.
class Kubectl {
 public:
  explicit Kubectl(std::string program) : program_(std::move(program)), server_(folder_.path()) {}

  pid_t Spawn(const std::vector<std::string>& arguments, const std::string& output) {
    std::vector<std::string> words = {program_, "--kubeconfig=" + server_.kubeconfig,
                                      "--cache-dir=" + folder_.path() + "/cache",
                                      "--request-timeout=30s"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t pid = 0;
    const int failed =
        posix_spawnp(&pid, program_.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    INFO(program_ << " cannot be started");
    REQUIRE(failed == 0);
    return pid;
  }

  Run operator()(const std::vector<std::string>& arguments) {
    const std::string output = folder_.path() + "/output";
    const pid_t pid = Spawn(arguments, output);
    int status = 0;
    waitpid(pid, &status, 0);
    return {WEXITSTATUS(status), *ReadFile(output)};
  }

  /// The output of a call that must succeed.
  std::string Ok(const std::vector<std::string>& arguments) {
    const Run run = (*this)(arguments);
    std::string line = program_;
    for (const std::string& word : arguments) line += " " + word;
    INFO(line << "\n" << run.output);
    CHECK(run.code == 0);
    return run.output;
  }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() + "/" + name) << text;
    return folder_.path() + "/" + name;
  }
  std::string File(const std::string& name) const { return folder_.path() + "/" + name; }
  const std::string& program() const { return program_; }

 private:
  fakes::TempFolder folder_;
  std::string program_;
  Server server_;
};

inline bool Has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK_THAT(text, Catch::Contains(part));
  return text.find(part) != std::string::npos;
}

}  // namespace edge::cloudhub::embedded
