#include "common/log.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "common/clock.h"

namespace edge {
namespace {

std::atomic<LogLevel> least_severe{LogLevel::kInfo};

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kError: return "error";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kInfo: return "info";
    case LogLevel::kDebug: return "debug";
  }
  return "info";
}

std::string Prefix(LogLevel level) {
  static const bool kJournal = std::getenv("JOURNAL_STREAM") != nullptr;
  if (kJournal) return "<" + std::to_string(static_cast<int>(level)) + ">";
  return FormatMicroTime(SystemClock().Wall()) + " " + LevelName(level) + " ";
}

}  // namespace

void SetLogLevel(LogLevel level) { least_severe.store(level); }

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned char>(c));
      quoted += escape.data();
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (level > least_severe.load()) return;
  std::string line = Prefix(level);
  for (const char c : message) line += c == '\n' ? ' ' : c;
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += Quote(field.value);
  }
  line += '\n';
  // One write per line: lines of several threads do not mix. A log that cannot be written is lost.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace edge
