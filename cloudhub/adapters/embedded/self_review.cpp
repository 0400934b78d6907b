#include "cloudhub/adapters/embedded/self_review.h"

namespace edge::cloudhub::embedded {
namespace {

Json MakeReview(const char* group, const char* kind, Json status) {
  return {{"kind", kind},
          {"apiVersion", std::string(group) + ".k8s.io/v1"},
          {"metadata", Json::object()},
          {"spec", Json::object()},
          {"status", std::move(status)}};
}

Json AllRules() {
  const Json all = Json::array({"*"});
  return {
      {"resourceRules", Json::array({{{"verbs", all}, {"apiGroups", all}, {"resources", all}}})},
      {"nonResourceRules", Json::array({{{"verbs", all}, {"nonResourceURLs", all}}})},
      {"incomplete", false}};
}

}  // namespace

Json SelfReview(const std::string& path, const std::string& user) {
  if (path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews") {
    return MakeReview("authorization", "SelfSubjectAccessReview", {{"allowed", true}});
  }
  if (path == "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews") {
    return MakeReview("authorization", "SelfSubjectRulesReview", AllRules());
  }
  if (path == "/apis/authentication.k8s.io/v1/selfsubjectreviews") {
    const Json who = {{"username", user}, {"groups", Json::array({"system:authenticated"})}};
    Json review = MakeReview("authentication", "SelfSubjectReview", {{"userInfo", who}});
    review.erase("spec");
    return review;
  }
  return nullptr;
}

}  // namespace edge::cloudhub::embedded
