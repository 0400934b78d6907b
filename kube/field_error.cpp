#include "kube/field_error.h"

#include <algorithm>

namespace edge::kube {
namespace {

std::string_view Label(FieldErrorType type) {
  switch (type) {
    case FieldErrorType::kRequired: return "Required value";
    case FieldErrorType::kInvalid:
    case FieldErrorType::kTypeInvalid: return "Invalid value";
    case FieldErrorType::kNotSupported: return "Unsupported value";
    case FieldErrorType::kDuplicate: return "Duplicate value";
    case FieldErrorType::kForbidden: return "Forbidden";
    case FieldErrorType::kTooLong: return "Too long";
    case FieldErrorType::kTooMany: return "Too many";
    case FieldErrorType::kNotFound: return "Not found";
  }
  return "Invalid value";
}

bool ShowsValue(FieldErrorType type) {
  return type == FieldErrorType::kInvalid || type == FieldErrorType::kTypeInvalid ||
         type == FieldErrorType::kNotSupported || type == FieldErrorType::kDuplicate ||
         type == FieldErrorType::kNotFound;
}

}  // namespace

std::string_view FieldError::Reason() const {
  switch (type) {
    case FieldErrorType::kRequired: return "FieldValueRequired";
    case FieldErrorType::kInvalid: return "FieldValueInvalid";
    case FieldErrorType::kTypeInvalid: return "FieldValueTypeInvalid";
    case FieldErrorType::kNotSupported: return "FieldValueNotSupported";
    case FieldErrorType::kDuplicate: return "FieldValueDuplicate";
    case FieldErrorType::kForbidden: return "FieldValueForbidden";
    case FieldErrorType::kTooLong: return "FieldValueTooLong";
    case FieldErrorType::kTooMany: return "FieldValueTooMany";
    case FieldErrorType::kNotFound: return "FieldValueNotFound";
  }
  return "FieldValueInvalid";
}

std::string FieldError::Body() const {
  std::string body(Label(type));
  if (ShowsValue(type)) body += ": " + DumpJson(value);
  if (!detail.empty()) body += ": " + detail;
  return body;
}

std::string FieldError::ToString() const { return field + ": " + Body(); }

FieldError Required(std::string field, std::string detail) {
  return {FieldErrorType::kRequired, std::move(field), nullptr, std::move(detail)};
}

FieldError Invalid(std::string field, Json value, std::string detail) {
  return {FieldErrorType::kInvalid, std::move(field), std::move(value), std::move(detail)};
}

FieldError NotSupported(std::string field, Json value, const std::vector<std::string_view>& known) {
  std::string detail;
  for (const std::string_view item : known) {
    detail += detail.empty() ? "supported values: " : ", ";
    detail += DumpJson(Json(item));
  }
  return {FieldErrorType::kNotSupported, std::move(field), std::move(value), std::move(detail)};
}

FieldError Duplicate(std::string field, Json value) {
  return {FieldErrorType::kDuplicate, std::move(field), std::move(value), {}};
}

FieldError Forbidden(std::string field, std::string detail) {
  return {FieldErrorType::kForbidden, std::move(field), nullptr, std::move(detail)};
}

FieldError TooLong(std::string field, std::size_t limit_bytes) {
  return {FieldErrorType::kTooLong, std::move(field), nullptr,
          "may not be more than " + std::to_string(limit_bytes) + " bytes"};
}

FieldError NotFoundValue(std::string field, Json value) {
  return {FieldErrorType::kNotFound, std::move(field), std::move(value), {}};
}

std::string Aggregate(const FieldErrors& errors) {
  std::vector<std::string> texts;
  for (const FieldError& error : errors) {
    std::string text = error.ToString();
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) {
      texts.push_back(std::move(text));
    }
  }
  if (texts.size() == 1) return texts.front();
  std::string joined = "[";
  for (const std::string& text : texts) joined += (joined.size() > 1 ? ", " : "") + text;
  return joined + "]";
}

}  // namespace edge::kube
