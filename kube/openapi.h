#pragma once

#include <string>
#include <string_view>

#include "common/json.h"

namespace edge::kube {

/// The body of GET /openapi/v3: {"paths": {"api/v1": {"serverRelativeURL": ...}, ...}}. The hash in
/// each URL changes with the table, so that clients may cache for ever.
Json OpenApiV3Index();

/// The body of GET /openapi/v3/<path>, e.g. "api/v1" or "apis/edge.kubeedge.io/v1"; null where
/// there is no such group-version.
Json OpenApiV3(std::string_view path);

/// The body of GET /openapi/v2 as JSON. Built anew at each call (some milliseconds): cache it.
Json OpenApiV2();

/// The same document for kOpenApiV2ProtobufAccept, the only form that kubectl reads of v2.
std::string OpenApiV2Protobuf();

/// What kubectl asks for.
inline constexpr std::string_view kOpenApiV2ProtobufAccept =
    "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
/// The Content-Type of the answer: without the @, which is not allowed in a media type and which
/// kubectl's own parser refuses.
inline constexpr std::string_view kOpenApiV2ProtobufType =
    "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

}  // namespace edge::kube
