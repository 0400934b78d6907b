#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "common/loop.h"
#include "tests/fakes/temp_folder.h"

namespace edge::fakes {

/// Takes what the process writes on standard error, which is its log, for as long as it lives.
class LogCapture {
 public:
  LogCapture() : before_(::dup(STDERR_FILENO)) {
    const UniqueFd file(::open(Path().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    ::dup2(file.get(), STDERR_FILENO);
  }
  ~LogCapture() { ::dup2(before_.get(), STDERR_FILENO); }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  int LinesWith(const std::string& words) const {
    std::ifstream file(Path());
    int count = 0;
    for (std::string line; std::getline(file, line);) {
      if (line.find(words) != std::string::npos) ++count;
    }
    return count;
  }

 private:
  std::string Path() const { return folder_.path() + "/log"; }

  TempFolder folder_;
  UniqueFd before_;
};

}  // namespace edge::fakes
