#include "kube/selector.h"

#include "kube/node_selector.h"
#include "kube_test.h"

namespace edge::kube {
namespace {

bool LabelsMatch(std::string_view selector, std::string_view labels) {
  auto parsed = LabelSelector::Parse(selector);
  INFO(selector);
  REQUIRE(parsed.ok());
  return parsed->Matches(J(labels));
}

TEST_CASE("a label selector matches as kubectl's user expects", "[kube]") {
  const char* labels = R"({"app":"till","tier":"front","n":"5","empty":""})";
  for (const char* yes :
       {"", "app=till", "app==till", "app!=x", "other!=x", "app in (till,x)", "other notin (a)",
        "app", "!other", "n>4", "n<6", "empty=", " app = till , tier in ( front , back ) ,!z",
        "app,tier", "empty in (,x)"}) {
    CHECK(LabelsMatch(yes, labels));
  }
  for (const char* no : {"app=x", "app!=till", "app notin (till)", "other", "!app", "n>5", "n<5",
                         "app in (x)", "app=till,tier=back", "app=", "app>3"}) {
    CHECK_FALSE(LabelsMatch(no, labels));
  }
  CHECK(LabelsMatch("!a", "null"));
}

TEST_CASE("a malformed label selector is refused", "[kube]") {
  for (const char* text : {"a=b=c", "a in b", "a in (b", "=b", "a,", ",a", "a b", "!", "a!b", "a>x",
                           "-bad=1", "a=b c", "a in (b))", "a=in valid"}) {
    INFO(text);
    CHECK_FALSE(LabelSelector::Parse(text).ok());
  }
}

TEST_CASE("a LabelSelector object joins its labels and expressions", "[kube]") {
  auto selector = LabelSelector::FromObject(J(R"({"matchLabels":{"a":"1"},"matchExpressions":[
      {"key":"b","operator":"In","values":["x","y"]},{"key":"c","operator":"DoesNotExist"}]})"));
  REQUIRE(selector.ok());
  CHECK(selector->Matches(J(R"({"a":"1","b":"y"})")));
  CHECK_FALSE(selector->Matches(J(R"({"a":"1","b":"z"})")));
  CHECK_FALSE(selector->Matches(J(R"({"a":"1","b":"x","c":""})")));
  CHECK(selector->MatchesObject(J(R"({"metadata":{"labels":{"a":"1","b":"x"}}})")));
  CHECK_FALSE(
      LabelSelector::FromObject(J(R"({"matchExpressions":[{"key":"b","operator":"In"}]})")).ok());
  CHECK_FALSE(
      LabelSelector::FromObject(J(R"({"matchExpressions":[{"key":"b","operator":"X"}]})")).ok());
}

TEST_CASE("a field selector compares fields as text", "[kube]") {
  const auto fields = SelectableFields("", "pods");
  auto selector =
      FieldSelector::Parse("spec.nodeName=n1,status.phase!=Failed,metadata.name==p", fields);
  REQUIRE(selector.ok());
  const Json pod = J(R"({"metadata":{"name":"p"},"spec":{"nodeName":"n1"},"status":{}})");
  CHECK(selector->Matches(pod));
  CHECK_FALSE(selector->Matches(J(R"({"metadata":{"name":"p"},"spec":{"nodeName":"n2"}})")));
  REQUIRE(selector->Exact("spec.nodeName") != nullptr);
  CHECK(*selector->Exact("spec.nodeName") == "n1");
  CHECK(selector->Exact("status.phase") == nullptr);
}

TEST_CASE("a field selector refuses fields that the resource has not", "[kube]") {
  const auto bad = FieldSelector::Parse("spec.image=x", SelectableFields("", "pods"));
  CHECK(bad.status().message() == "field label not supported: spec.image");
  CHECK_FALSE(FieldSelector::Parse("metadata.name", SelectableFields("", "pods")).ok());
}

TEST_CASE("an event is found by the object it is about", "[kube]") {
  auto selector =
      FieldSelector::Parse("involvedObject.name=p,involvedObject.kind=Pod,source=kubelet",
                           SelectableFields("", "events"));
  REQUIRE(selector.ok());
  CHECK(selector->Matches(
      J(R"({"involvedObject":{"name":"p","kind":"Pod"},"source":{"component":"kubelet"}})")));
}

TEST_CASE("a node that never was cordoned is found as schedulable", "[kube]") {
  auto selector = FieldSelector::Parse("spec.unschedulable=false", SelectableFields("", "nodes"));
  REQUIRE(selector.ok());
  CHECK(selector->Matches(J(R"({"spec":{}})")));
  CHECK_FALSE(selector->Matches(J(R"({"spec":{"unschedulable":true}})")));
}

TEST_CASE("a pod fits a node by its nodeSelector and its required affinity", "[kube]") {
  const Json node = J(R"({"metadata":{"name":"n1","labels":{"arch":"arm64","mem":"2"}}})");
  const auto fits = [&](std::string_view spec) {
    return NodeSelectorFits(Json{{"spec", J(spec)}}, node);
  };
  CHECK(fits("{}"));
  CHECK(fits(R"({"nodeSelector":{"arch":"arm64"}})"));
  CHECK_FALSE(fits(R"({"nodeSelector":{"arch":"amd64"}})"));
  const auto with_terms = [&](const std::string& terms) {
    return fits(R"({"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":)"
                R"({"nodeSelectorTerms":)" +
                terms + "}}}}");
  };
  CHECK(with_terms(R"([{"matchExpressions":[{"key":"mem","operator":"Gt","values":["1"]}]}])"));
  CHECK_FALSE(
      with_terms(R"([{"matchExpressions":[{"key":"mem","operator":"Lt","values":["2"]}]}])"));
  CHECK(
      with_terms(R"([{"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]}])"));
  CHECK_FALSE(
      with_terms(R"([{"matchFields":[{"key":"metadata.name","operator":"In","values":["n2"]}]}])"));
  CHECK(with_terms(R"([{},{"matchExpressions":[{"key":"arch","operator":"Exists"}]}])"));
  CHECK_FALSE(with_terms("[{}]"));
  CHECK_FALSE(with_terms("[]"));
  CHECK(with_terms(R"([{"matchExpressions":[{"key":"gpu","operator":"DoesNotExist"}]}])"));
  CHECK(with_terms(R"([{"matchExpressions":[{"key":"gpu","operator":"NotIn","values":["a"]}]}])"));
}

TEST_CASE("a toleration tolerates by key and effect and value", "[kube]") {
  const Json taint = J(R"({"key":"k","value":"v","effect":"NoSchedule"})");
  const auto tolerates = [&](std::string_view text) { return Tolerates(J(text), taint); };
  CHECK(tolerates(R"({"key":"k","value":"v"})"));
  CHECK(tolerates(R"({"key":"k","operator":"Exists"})"));
  CHECK(tolerates(R"({"operator":"Exists"})"));
  CHECK_FALSE(tolerates(R"({"key":"k","value":"w"})"));
  CHECK_FALSE(tolerates(R"({"key":"k","operator":"Exists","effect":"NoExecute"})"));
  CHECK_FALSE(tolerates(R"({"key":"j","operator":"Exists"})"));
  CHECK_FALSE(tolerates("{}"));
}

TEST_CASE("the first taint that keeps a pod away is named", "[kube]") {
  const Json node = J(R"({"spec":{"taints":[{"key":"a","effect":"PreferNoSchedule"},
      {"key":"b","effect":"NoSchedule"},{"key":"c","effect":"NoExecute"}]}})");
  const Json* taint = FirstUntoleratedTaint(
      J(R"({"spec":{"tolerations":[{"key":"b","operator":"Exists"}]}})"), node);
  REQUIRE(taint != nullptr);
  CHECK((*taint)["key"] == "c");
  CHECK(FirstUntoleratedTaint(J(R"({"spec":{"tolerations":[{"operator":"Exists"}]}})"), node) ==
        nullptr);
}

}  // namespace
}  // namespace edge::kube
