#include <catch2/catch.hpp>
#include <future>

#include "tests/kubernetes/oracle/differences.h"
#include "tests/kubernetes/oracle/normal.h"
#include "tests/kubernetes/oracle/servers.h"

// The requests of the folder requests, in their order, to a real API server and to the embedded
// one: the answers are equal, but for what `differences` lists.

namespace edge::oracle {
namespace {

/// What a step sends to one server: its text with that server's values in it.
Step Resolve(const Step& step, const Variables& variables) {
  Step resolved = step;
  resolved.path = Expand(step.path, variables);
  resolved.body = Expand(step.body, variables);
  for (std::string& header : resolved.headers) header = Expand(header, variables);
  return resolved;
}

/// A body as JSON: a watch's lines are a list, what is no JSON a string.
Json ToJson(const Step& step, const Reply& reply) {
  if (step.events > 0 && reply.code == 200) {
    Json events = Json::array();
    std::size_t begin = 0;
    const auto wanted = static_cast<std::size_t>(step.events);
    for (auto end = reply.body.find('\n'); end != std::string::npos && events.size() < wanted;
         end = reply.body.find('\n', begin)) {
      const auto line = ParseJson(reply.body.substr(begin, end - begin));
      events.push_back(line.ok() ? *line : Json("not JSON"));
      begin = end + 1;
    }
    return events;
  }
  const auto parsed = ParseJson(reply.body, {.max_bytes = 16 * 1024 * 1024});
  return parsed.ok() ? *parsed : Json(reply.body);
}

void Keep(const Step& step, const Json& body, Variables& variables) {
  for (const auto& [name, pointer] : step.keeps) {
    const Json::json_pointer at(pointer);
    if (!body.contains(at)) continue;
    const Json& value = body[at];
    variables[name] = value.is_string() ? value.get<std::string>() : DumpJson(value);
  }
}

std::string Summary(const Reply& reply, const Json& body) {
  const std::string message =
      body.is_object() ? NormalizeText(FindString(body, {"message"})) : std::string();
  return std::to_string(reply.code) + " " + message;
}

/// One server and what it has told so far.
class Side {
 public:
  explicit Side(const ServerUnderTest& server) : server_(server) {}

  std::future<Reply> Ask(const Step& step) {
    return std::async(std::launch::async, [this, resolved = Resolve(step, variables_)] {
      return Send(server_, resolved);
    });
  }
  Json Take(const Step& step, const Reply& reply) {
    INFO(step.title << ": " << reply.error << " at " << server_.url);
    CHECK(reply.error.empty());
    Json body = ToJson(step, reply);
    Keep(step, body, variables_);
    return body;
  }

 private:
  const ServerUnderTest& server_;
  Variables variables_{{"null", ""}};
};

TEST_CASE("the embedded API answers as a real API server does", "[oracle]") {
  const Servers servers;
  Differences differences(OracleFolder() + "/differences", "requests");
  Side real(servers.real()), embedded(servers.embedded());
  const std::vector<Step> steps = ReadSteps(OracleFolder() + "/requests");
  const char* const shown = std::getenv("EDGE_ORACLE_SHOW");
  for (const Step& step : steps) {
    auto real_asked = real.Ask(step), embedded_asked = embedded.Ask(step);
    const Reply theirs = real_asked.get(), ours = embedded_asked.get();
    Json their_body = real.Take(step, theirs);
    const Json our_body = embedded.Take(step, ours);
    RestrictDiscovery(their_body, our_body);
    if (shown != nullptr && step.title.find(shown) != std::string::npos) {
      WARN(step.title << "\nreal " << theirs.code << " " << DumpJson(their_body) << "\nembedded "
                      << ours.code << " " << DumpJson(our_body));
    }
    if (theirs.code != ours.code) {
      // The bodies of different answers have nothing in common.
      differences.Compare(step.title, "code", Summary(theirs, their_body), Summary(ours, our_body));
      continue;
    }
    differences.Compare(step.title, "type", theirs.content_type, ours.content_type);
    differences.Compare(step.title, "warnings", theirs.warnings, ours.warnings);
    differences.Compare(step.title, "", Normalize(their_body), Normalize(our_body));
  }
  WARN(steps.size() << " requests compared");
  differences.Check();
}

}  // namespace
}  // namespace edge::oracle
