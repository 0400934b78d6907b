#pragma once

#include "common/json.h"
#include "kube/field_error.h"
#include "kube/schema.h"

namespace edge::kube {

struct ValidationOptions {
  bool namespaced = true;  ///< whether metadata.namespace must be set, or must be empty
};

/// Whether a decoded and defaulted object (decode.h, defaults.h) may be created: required fields,
/// enums, metadata, and each kind's own rules. Empty: valid. The same rules as the API server's,
/// in its words, for what terminals use; not every rule there is.
FieldErrors Validate(const Type& type, const Json& object, const ValidationOptions& options);

/// Whether `updated` may replace `old` (both decoded and defaulted): Validate's rules for the new
/// object are not repeated here, only what may not change.
FieldErrors ValidateUpdate(const Type& type, const Json& updated, const Json& old);

/// Name checks in the API server's words; empty text: good.
std::string CheckDnsLabel(std::string_view name);       ///< RFC 1123 label, at most 63
std::string CheckDnsSubdomain(std::string_view name);   ///< RFC 1123 subdomain, at most 253
std::string CheckQualifiedName(std::string_view name);  ///< label and annotation keys
std::string CheckLabelValue(std::string_view value);

}  // namespace edge::kube
