#include "tests/contract/runtime/world.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace edge::edged {
namespace {

std::string Slurp(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

World::World() : folder_("/tmp/edge-w" + std::to_string(getpid())) {
  Script("up");
  const std::string env = Slurp(folder_ + "/world.env");
  const auto id = env.find("WORLD_ID=") + 9;
  cgroup_ = "/edge-world-" + env.substr(id, env.find('\n', id) - id);
}

World::~World() {
  try {
    Script("down");
  } catch (const std::runtime_error&) {
    // The next run uses a folder of its own; what is left can be seen under /tmp.
  }
}

void World::Script(const std::string& command) {
  const char* source = std::getenv("EDGE_SOURCE_DIR");
  if (source == nullptr) throw std::runtime_error("EDGE_SOURCE_DIR is not set: run it by ctest");
  std::string script = std::string(source) + "/tests/world/world.sh";
  const std::string output = folder_ + ".log";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  std::string word = command;
  char* arguments[] = {script.data(), word.data(), folder_.data(), nullptr};
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, script.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 1;
  if (failed == 0) waitpid(pid, &status, 0);
  const std::string said = Slurp(output);
  unlink(output.c_str());
  if (status != 0) throw std::runtime_error(script + " " + command + ": " + said);
}

}  // namespace edge::edged
