#pragma once

#include <string>

#include "certs/enrolment.h"
#include "common/json.h"

namespace edge::cloudhub {

inline constexpr std::string_view kTokenSecretType = "edge.kubeedge.io/join-token";
/// Label on token Secrets: which node the token is for.
inline constexpr std::string_view kNodeLabel = "edge.kubeedge.io/node";

/// "join-<id>".
std::string TokenSecretName(std::string_view token_id);

/// The Secret that holds a token which was not used yet.
Json TokenToSecret(const certs::StoredToken& token);
/// Errors: kInvalidArgument naming the Secret and the field.
Result<certs::StoredToken> TokenFromSecret(const Json& secret);

/// The merge patch that records a redemption; it fails with a conflict if somebody else changed
/// `secret` since it was read.
Json RedemptionPatch(const Json& secret, const certs::StoredToken::Redemption& redemption);

}  // namespace edge::cloudhub
