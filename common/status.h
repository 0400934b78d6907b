#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace edge {

/// Error codes, named and numbered as gRPC's (https://grpc.io/docs/guides/status-codes/).
enum class Code : int {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// The code's gRPC name in snake case, e.g. "not_found".
std::string_view CodeName(Code code);

/// The outcome of an operation that returns nothing. An error has a code, a message that names the
/// object and the cause, and, where a person can do something about it, the next step.
///
/// Thread rule: a value, like std::string.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message, std::string next_step = {})
      : code_(code), message_(std::move(message)), next_step_(std::move(next_step)) {}

  static Status Ok() { return {}; }

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  /// What the reader of the error should do; empty where there is nothing to say.
  const std::string& next_step() const { return next_step_; }

  /// The same error with "<context>: " before its message. Does nothing to an OK status.
  Status WithContext(std::string_view context) const;

  /// "code: message. next step", for logs and terminals; "ok" for success.
  std::string ToString() const;

 private:
  Code code_ = Code::kOk;
  std::string message_;
  std::string next_step_;
};

inline Status InvalidArgument(std::string message, std::string next_step = {}) {
  return {Code::kInvalidArgument, std::move(message), std::move(next_step)};
}
inline Status NotFound(std::string message, std::string next_step = {}) {
  return {Code::kNotFound, std::move(message), std::move(next_step)};
}
inline Status AlreadyExists(std::string message, std::string next_step = {}) {
  return {Code::kAlreadyExists, std::move(message), std::move(next_step)};
}
inline Status PermissionDenied(std::string message, std::string next_step = {}) {
  return {Code::kPermissionDenied, std::move(message), std::move(next_step)};
}
inline Status FailedPrecondition(std::string message, std::string next_step = {}) {
  return {Code::kFailedPrecondition, std::move(message), std::move(next_step)};
}
inline Status ResourceExhausted(std::string message, std::string next_step = {}) {
  return {Code::kResourceExhausted, std::move(message), std::move(next_step)};
}
inline Status Aborted(std::string message, std::string next_step = {}) {
  return {Code::kAborted, std::move(message), std::move(next_step)};
}
inline Status Unavailable(std::string message, std::string next_step = {}) {
  return {Code::kUnavailable, std::move(message), std::move(next_step)};
}
inline Status DeadlineExceeded(std::string message, std::string next_step = {}) {
  return {Code::kDeadlineExceeded, std::move(message), std::move(next_step)};
}
inline Status Unimplemented(std::string message, std::string next_step = {}) {
  return {Code::kUnimplemented, std::move(message), std::move(next_step)};
}
inline Status Internal(std::string message, std::string next_step = {}) {
  return {Code::kInternal, std::move(message), std::move(next_step)};
}
inline Status DataLoss(std::string message, std::string next_step = {}) {
  return {Code::kDataLoss, std::move(message), std::move(next_step)};
}

/// A value of T, or the Status that says why there is none. Reading the value of an error is a
/// programming mistake and throws std::bad_variant_access, which nothing catches.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : held_(std::move(status)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(held_); }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<T>(held_); }
  const T& value() const& { return std::get<T>(held_); }
  T&& value() && { return std::get<T>(std::move(held_)); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// OK where there is a value.
  Status status() const { return ok() ? Status() : std::get<Status>(held_); }

  /// The same result, its error (if it is one) with context as in Status::WithContext.
  Result WithContext(std::string_view context) && {
    if (ok()) return std::move(*this);
    return std::get<Status>(held_).WithContext(context);
  }

 private:
  std::variant<T, Status> held_;
};

}  // namespace edge

#define EDGE_CONCAT_INNER(a, b) a##b
#define EDGE_CONCAT(a, b) EDGE_CONCAT_INNER(a, b)

/// Returns from the enclosing function when `expr` is an error Status.
#define EDGE_RETURN_IF_ERROR(expr)                                                  \
  do {                                                                              \
    if (::edge::Status edge_status = (expr); !edge_status.ok()) return edge_status; \
  } while (false)

/// `EDGE_ASSIGN_OR_RETURN(auto x, F())`: x is F's value, or the function returns F's error.
#define EDGE_ASSIGN_OR_RETURN(lhs, expr) \
  EDGE_ASSIGN_OR_RETURN_INNER(EDGE_CONCAT(edge_result_, __LINE__), lhs, expr)
#define EDGE_ASSIGN_OR_RETURN_INNER(result, lhs, expr) \
  auto result = (expr);                                \
  if (!result.ok()) return result.status();            \
  lhs = std::move(result).value()
