#include "cloudhub/adapters/embedded/self_review.h"

#include <catch2/catch.hpp>

#include "cloudhub/adapters/embedded/request_options.h"

namespace edge::cloudhub::embedded {
namespace {

TEST_CASE("who asks what it may do is told everything", "[embedded]") {
  const std::string group = "/apis/authorization.k8s.io/v1/";
  CHECK(SelfReview(group + "selfsubjectaccessreviews", "admin")["status"]["allowed"] == true);
  const Json rules = SelfReview(group + "selfsubjectrulesreviews", "admin")["status"];
  CHECK(rules["resourceRules"][0]["resources"] == Json::array({"*"}));
  CHECK(rules["nonResourceRules"][0]["nonResourceURLs"] == Json::array({"*"}));
}

TEST_CASE("who asks who it is is told its name", "[embedded]") {
  const Json review = SelfReview("/apis/authentication.k8s.io/v1/selfsubjectreviews", "admin");
  CHECK(review["kind"] == "SelfSubjectReview");
  CHECK(review["status"]["userInfo"]["username"] == "admin");
  CHECK(SelfReview("/apis/authentication.k8s.io/v1/tokenreviews", "admin").is_null());
}

TEST_CASE("a review of oneself is no object that is stored", "[embedded]") {
  for (const std::string group : {"authentication.k8s.io", "authorization.k8s.io"}) {
    Target target;
    CHECK(ResolveTarget({"apis", group, "v1", "selfsubjectreviews"}, target) ==
          Resolution::kNoResource);
  }
}

}  // namespace
}  // namespace edge::cloudhub::embedded
