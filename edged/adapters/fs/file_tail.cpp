#include "edged/adapters/fs/file_tail.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "common/file.h"
#include "edged/adapters/fs/descriptor.h"

namespace edge::edged {
namespace {

/// "<time> <stream> <tags> <message>"; tags are "F" or "P", maybe with more after a colon.
struct CriLine {
  bool valid = false, partial = false;
  std::string_view message;
};

CriLine ParseCriLine(std::string_view line) {
  CriLine parsed;
  for (int field = 0; field < 3; ++field) {
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) return {};
    const std::string_view word = line.substr(0, blank);
    if (field == 1 && word != "stdout" && word != "stderr") return {};
    if (field == 2) parsed.partial = word.substr(0, 1) == "P";
    line.remove_prefix(blank + 1);
  }
  parsed.valid = true;
  parsed.message = line;
  return parsed;
}

}  // namespace

Result<std::string> ReadFileTail(const std::string& path, std::size_t max_bytes) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.ok() && errno == ENOENT) return std::string();
  if (!file.ok()) return ErrnoStatus("open", path);
  struct stat status = {};
  if (fstat(file.get(), &status) != 0) return ErrnoStatus("look at", path);
  if (!S_ISREG(status.st_mode)) return FailedPrecondition(path + " is not a regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  std::string text(std::min(size, max_bytes), '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const ssize_t count = pread(file.get(), text.data() + got, text.size() - got,
                                static_cast<off_t>(size - text.size() + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus("read", path);
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  text.resize(got);
  return text;
}

std::string CriLogTail(std::string_view log, std::size_t max_lines, std::size_t max_bytes) {
  std::deque<std::string> lines;
  bool open_line = false;
  while (!log.empty()) {
    const auto end = log.find('\n');
    const CriLine line = ParseCriLine(log.substr(0, end));
    log = end == std::string_view::npos ? std::string_view() : log.substr(end + 1);
    if (!line.valid) continue;
    if (!open_line) lines.emplace_back();
    lines.back().append(line.message);
    open_line = line.partial;
    if (!line.partial) lines.back() += '\n';
    if (lines.size() > max_lines) lines.pop_front();
  }
  std::string text;
  for (const std::string& line : lines) text += line;
  if (text.size() > max_bytes) text.erase(0, text.size() - max_bytes);
  return text;
}

}  // namespace edge::edged
