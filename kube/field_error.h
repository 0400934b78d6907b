#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"

namespace edge::kube {

enum class FieldErrorType {
  kRequired,
  kInvalid,
  kNotSupported,
  kDuplicate,
  kForbidden,
  kTooLong,
  kTooMany,
  kNotFound,
  kTypeInvalid,
};

/// What is wrong with one field of an object, in the API server's words, so that kubectl prints it
/// as it prints the real server's.
struct FieldError {
  FieldErrorType type = FieldErrorType::kInvalid;
  std::string field;  ///< "spec.containers[0].image"
  Json value;         ///< the bad value, where the message shows it
  std::string detail;

  /// For Status.details.causes[].reason: "FieldValueRequired".
  std::string_view Reason() const;
  /// For Status.details.causes[].message: `Unsupported value: "X": supported values: "A"`.
  std::string Body() const;
  /// "<field>: <body>".
  std::string ToString() const;
};

using FieldErrors = std::vector<FieldError>;

FieldError Required(std::string field, std::string detail = {});
FieldError Invalid(std::string field, Json value, std::string detail);
FieldError NotSupported(std::string field, Json value, const std::vector<std::string_view>& known);
FieldError Duplicate(std::string field, Json value);
FieldError Forbidden(std::string field, std::string detail);
FieldError TooLong(std::string field, std::size_t limit_bytes);
FieldError NotFoundValue(std::string field, Json value);

/// The end of the message `Pod "x" is invalid: ...`: one error plainly, several as `[a, b]`,
/// without repeats.
std::string Aggregate(const FieldErrors& errors);

}  // namespace edge::kube
