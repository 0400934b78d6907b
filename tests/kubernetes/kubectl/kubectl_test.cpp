#include <spawn.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <future>

#include "common/file.h"
#include "tests/kubernetes/kubectl/text.h"
#include "tests/kubernetes/oracle/differences.h"
#include "tests/kubernetes/oracle/servers.h"

// The lines of steps.txt with each kubectl, to a real API server and to the embedded one: exit
// codes and what is printed are equal, but for what `differences` lists.

namespace edge::oracle {
namespace {

constexpr int kStopped = 124;  // of timeout(1)

std::string TestFolder() { return OracleFolder() + "/../kubectl"; }

struct Client {
  std::string version, program;
};

/// As tests/kubernetes/kubectl/run finds them, oldest first.
std::vector<Client> Clients() {
  std::vector<Client> clients;
  const char* const only = std::getenv("EDGE_KUBECTL_ONLY");
  for (const auto& [version, variable] :
       {std::pair("1.20", "EDGE_KUBECTL_OLD"), std::pair("1.32", "EDGE_KUBECTL_RECENT"),
        std::pair("1.36", "CLUSTER_KUBECTL")}) {
    const char* const program = std::getenv(variable);
    INFO(variable << " is set by tests/kubernetes/kubectl/run");
    REQUIRE(program != nullptr);
    if (only == nullptr || only == std::string(version)) clients.push_back({version, program});
  }
  return clients;
}

struct Outcome {
  int code = -1;
  std::string out, err;
};

/// One kubectl at one server, with a folder of its own. Thread rule: any, one call at a time.
class Kubectl {
 public:
  Kubectl(std::string program, std::string kubeconfig, std::string folder)
      : call_(TestFolder() + "/call"),
        program_(std::move(program)),
        kubeconfig_(std::move(kubeconfig)),
        folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }

  Outcome operator()(const std::string& line) const {
    constexpr const char* kSeconds = "20";
    std::vector<std::string> words = {call_, folder_, program_, kubeconfig_, kSeconds, line};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    if (posix_spawn(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0) return {};
    int status = 0;
    waitpid(pid, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Read("out"), Read("err")};
  }
  const std::string& folder() const { return folder_; }

 private:
  std::string Read(const std::string& name) const {
    const auto text = ReadFile(folder_ + "/" + name);
    return text.ok() ? *text : std::string();
  }

  const std::string call_, program_, kubeconfig_, folder_;
};

/// The lines for a client: those of no version, and those of its own.
std::vector<std::string> StepsOf(const std::string& version) {
  std::vector<std::string> steps;
  std::ifstream file(TestFolder() + "/steps.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '@') {
      const std::size_t blank = line.find(' ');
      if (line.substr(0, blank).find(version) == std::string::npos) continue;
      line.erase(0, blank + 1);
    }
    steps.push_back(line);
  }
  return steps;
}

class Comparison {
 public:
  Comparison(const Client& client, const Servers& servers, Differences& differences)
      : version_(client.version),
        real_(client.program, servers.real_kubeconfig(), Folder(servers, "real")),
        embedded_(client.program, servers.embedded_kubeconfig(), Folder(servers, "embedded")),
        differences_(differences) {}

  void Take(const std::string& step) {
    auto asked = std::async(std::launch::async, [&] { return real_(step); });
    const Outcome ours = embedded_(step), theirs = asked.get();
    INFO("kubectl " << version_ << " " << step);
    INFO("is stopped after 20 s: the real one " << (theirs.code == kStopped) << ", the embedded "
                                                << (ours.code == kStopped));
    CHECK((theirs.code != kStopped && ours.code != kStopped));
    const std::string title = version_ + " " + step;
    differences_.Compare(title, "code", theirs.code, ours.code);
    Compare(title, "out ", theirs.out, ours.out);
    Compare(title, "err ", theirs.err, ours.err);
  }

 private:
  std::string Folder(const Servers& servers, const std::string& side) const {
    return servers.folder() + "/" + version_ + "/" + side;
  }
  void Compare(const std::string& title, const std::string& stream, const std::string& real,
               const std::string& embedded) {
    if (real == embedded) return;  // most often, and quicker than the regular expressions
    for (const std::string& line :
         DiffLines(Lines(real, real_.folder()), Lines(embedded, embedded_.folder()))) {
      const bool theirs = line[0] == '-';
      differences_.Compare(title, stream + line, theirs ? "printed" : "absent",
                           theirs ? "absent" : "printed");
    }
  }

  const std::string version_;
  const Kubectl real_, embedded_;
  Differences& differences_;
};

TEST_CASE("an old and a recent and a new kubectl see the embedded API as a real one", "[oracle]") {
  const Servers servers;
  Differences differences(TestFolder() + "/differences", "kubectl");
  for (const Client& client : Clients()) {
    Comparison comparison(client, servers, differences);
    const std::vector<std::string> steps = StepsOf(client.version);
    for (const std::string& step : steps) comparison.Take(step);
    WARN(steps.size() << " steps of kubectl " << client.version << " compared");
  }
  differences.Check();
}

}  // namespace
}  // namespace edge::oracle
