#pragma once

#include <string_view>

#include "common/json.h"

namespace edge::cloudhub::embedded {

/// The media type in which kubectl 1.32 and later sends what it makes by itself.
inline constexpr std::string_view kProtobufMedia = "application/vnd.kubernetes.protobuf";

/// Reads a Kubernetes protobuf body as the JSON object that it stands for: Namespace, ConfigMap,
/// Secret, ServiceAccount and DeleteOptions, which are what kubectl's `create` and `delete` send
/// so. Errors: kInvalidArgument for bytes that are none, kUnimplemented for another kind or a field
/// that is not known here (so that none is lost without a word).
Result<Json> ReadProtobufBody(std::string_view body);

}  // namespace edge::cloudhub::embedded
