#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "common/status.h"
#include "kube/schema.h"

namespace edge::kube {

/// Whether every known field has a value of its type (null is as absent). Error kInvalidArgument in
/// the API server's words: `json: cannot unmarshal number into Go struct field
/// Container.spec.containers.image of type string`; answer it as 400 with the prefix
/// `Pod in version "v1" cannot be handled as a Pod: `.
Status CheckTypes(const Type& type, const Json& object);

/// Paths of fields that the type has not: "spec.foo", "spec.containers[0].imag". At most 100.
/// For fieldValidation=Warn answer each as the warning `unknown field "spec.foo"`.
std::vector<std::string> UnknownFields(const Type& type, const Json& object);

/// Paths of members that an object of the text has more than once, of which a parser keeps the
/// last. At most 100, each once. The text is valid JSON. For fieldValidation=Warn answer each as
/// the warning `duplicate field "spec.foo"`.
std::vector<std::string> DuplicateFields(std::string_view json_text);

/// For fieldValidation=Strict: `strict decoding error: unknown field "spec.foo", duplicate field
/// ...`; `faults` are as in the warnings.
std::string StrictDecodingError(const std::vector<std::string>& faults);

/// Removes the fields that the type has not.
void PruneUnknown(const Type& type, Json& object);

/// The object as the server would write it after decoding: nulls and zero values of fields that
/// are omitted when empty go, fields that are always written come, quantities and times take their
/// canonical form. Call after CheckTypes.
void Normalize(const Type& type, Json& object);

}  // namespace edge::kube
