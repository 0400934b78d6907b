#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>

#include "common/loop.h"
#include "tests/fakes/temp_folder.h"

namespace edge::fakes {

/// Takes what the process writes on standard error, which is its log, for as long as it lives.
class LogCapture {
 public:
  LogCapture()
      : before_(::dup(STDERR_FILENO)),
        file_(::open((folder_ / "log").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    ::dup2(file_.get(), STDERR_FILENO);
  }
  ~LogCapture() { ::dup2(before_.get(), STDERR_FILENO); }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  /// Needs no descriptor of its own: some tests leave none.
  int LinesWith(const std::string& words) const {
    const off_t size = ::lseek(file_.get(), 0, SEEK_END);
    if (size < 0) throw std::runtime_error("the captured log cannot be read");
    std::string log(static_cast<std::size_t>(size), '\0');
    log.resize(static_cast<std::size_t>(
        std::max<ssize_t>(0, ::pread(file_.get(), log.data(), log.size(), 0))));
    std::istringstream lines(log);
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.find(words) != std::string::npos) ++count;
    }
    return count;
  }

 private:
  TempFolder folder_;
  UniqueFd before_, file_;
};

}  // namespace edge::fakes
