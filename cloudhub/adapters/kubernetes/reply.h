#pragma once

#include <string>
#include <string_view>

#include "common/json.h"

namespace edge::cloudhub::kubernetes {

/// The most that one object, list entry or watch event may be: etcd takes 1.5 MiB of what the API
/// server keeps as protobuf, which is a good deal more in JSON.
inline constexpr std::size_t kMaxObject = 8 * 1024 * 1024;

/// What an HTTP reply of the API server comes to: its JSON for 2xx, else the Status that KubeApi
/// documents, with `asked` ("GET /api/v1/...") and the API's own words.
///
/// kNotFound is evidence of removal to the hub, so it takes a Status object of the API with the
/// reason NotFound that names an object: a 404 of a path that is not served, or of a proxy in
/// between, is kUnavailable.
Result<Json> JudgeReply(std::string_view asked, long http, std::string_view body,
                        std::size_t max_bytes = kMaxObject);

/// The error that a Status object of the API stands for; `http` where it has no code of its own.
Status StatusFromApi(std::string_view asked, long http, const Json& api_status);

}  // namespace edge::cloudhub::kubernetes
