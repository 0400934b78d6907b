#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace edge {

enum class LogLevel { kError = 3, kWarning = 4, kInfo = 6, kDebug = 7 };  // as syslog's

/// A journald-style field: an upper-case key (NODE, POD, POD_UID, CONTAINER) and its value.
struct LogField {
  std::string_view key;
  std::string value;
};

/// Least severe level that is written; kInfo until set. Any thread.
void SetLogLevel(LogLevel level);

/// Writes one line to stderr: a syslog priority that journald reads ("<6>") when stderr is the
/// journal, else a time and a level; the message; then KEY="quoted value" pairs. Any thread.
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void LogError(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, message, fields);
}
inline void LogWarning(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogDebug(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kDebug, message, fields);
}

/// The text in double quotes, with quotes, backslashes and control characters escaped.
std::string Quote(std::string_view text);

}  // namespace edge
