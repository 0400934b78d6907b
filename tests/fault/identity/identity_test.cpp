#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <vector>

#include "common/file.h"
#include "common/log.h"
#include "tests/fault/identity/terminal_world.h"

// An enrolled terminal whose identity is damaged: what it runs must not depend on it.

namespace edge::identity {
namespace {

/// A way to spoil the identity folder, and the file that the terminal must name.
struct Damage {
  std::string what;
  std::function<void(const TerminalWorld&)> inflict;
  std::string named;
};

Damage Junk(const std::string& file) {
  return {file + " is junk",
          [file](const TerminalWorld& world) {
            REQUIRE(WriteFileAtomically(world.path(file), "junk", 0600).ok());
          },
          file};
}

Damage Missing(const std::string& file) {
  return {file + " is missing",
          [file](const TerminalWorld& world) { std::filesystem::remove(world.path(file)); }, file};
}

std::vector<Damage> AllDamages() {
  std::vector<Damage> all;
  for (const char* file : {"tls.crt", "tls.key", "ca.crt", "identity.json"}) {
    all.push_back(Junk(file));
    all.push_back(Missing(file));
  }
  all.push_back({"the folder is missing",
                 [](const TerminalWorld& world) { std::filesystem::remove_all(world.path("")); },
                 "identity"});
  all.push_back({"the folder is a file",
                 [](const TerminalWorld& world) {
                   std::filesystem::remove_all(world.path(""));
                   REQUIRE(WriteFileAtomically(world.files.path() + "/identity", "", 0600).ok());
                 },
                 "identity"});
  return all;
}

}  // namespace

TEST_CASE("Pods start whatever is damaged of the identity and the status names it and the way out",
          "[identity]") {
  SetLogLevel(LogLevel::kError);
  for (const Damage& damage : AllDamages()) {
    INFO(damage.what);
    TerminalWorld world;
    damage.inflict(world);
    world.Start();
    CHECK(world.Await([&] { return world.PodRuns(); }));
    INFO(world.Status().dump(2));
    CHECK_FALSE(world.Online());
    CHECK(world.Degraded("the identity is damaged"));
    CHECK(world.Degraded(damage.named));
    CHECK(world.Degraded("join token"));
    CHECK(FindString(world.Status(), {"nodeName"}) == "till-1");
  }
}

TEST_CASE("A terminal goes online by itself once somebody has mended its identity", "[identity]") {
  SetLogLevel(LogLevel::kError);
  TerminalWorld world;
  const std::string key = ReadFile(world.path("tls.key")).value();
  std::filesystem::remove(world.path("tls.key"));
  world.Start();
  REQUIRE(world.Await([&] { return world.PodRuns(); }));
  REQUIRE_FALSE(world.Online());
  REQUIRE(WriteFileAtomically(world.path("tls.key"), key, 0600).ok());
  CHECK(world.Await([&] { return world.Online(); }));
  CHECK(FindString(world.Status(), {"degraded"}).empty());
  CHECK(world.PodRuns());
}

TEST_CASE("A terminal with a damaged identity enrols again with a new token", "[identity]") {
  SetLogLevel(LogLevel::kError);
  for (const Damage& damage : AllDamages()) {
    if (damage.what == "the folder is a file") continue;  // nothing can be written: see above
    INFO(damage.what);
    TerminalWorld world;
    damage.inflict(world);
    world.Start();
    REQUIRE(world.Await([&] { return world.PodRuns(); }));
    world.PutToken("till-1");
    CHECK(world.Await([&] { return world.Online(); }));
    CHECK(FindString(world.Status(), {"degraded"}).empty());
    CHECK(world.PodRuns());
    world.Start();
    CHECK(world.self().damage.ok());
  }
}

TEST_CASE("A terminal with an expired certificate runs its pods and comes back when it may",
          "[identity]") {
  SetLogLevel(LogLevel::kError);
  TerminalWorld world;
  world.Expire();
  world.Start();
  const auto told = [&] {
    return FindString(world.Status(), {"enrolment"}).find("spec.allowExpiredRenewal") !=
           std::string::npos;
  };
  CHECK(world.Await([&] { return world.PodRuns() && told(); }));
  INFO(world.Status().dump(2));
  CHECK_FALSE(world.Online());
  CHECK(world.Degraded("the certificate has expired"));
  world.allow_expired_renewal = true;
  CHECK(world.Await([&] { return world.Online(); }));
  CHECK(FindString(world.Status(), {"degraded"}).empty());
  CHECK(Find(world.Status(), {"enrolment"}) == nullptr);
  CHECK(world.PodRuns());
  world.Start();
  CHECK(world.self().identity);
}

TEST_CASE("A token or an identity of another node does not take over the pods of this one",
          "[identity]") {
  SetLogLevel(LogLevel::kError);
  TerminalWorld world;
  std::filesystem::remove(world.path("tls.crt"));
  world.PutToken("till-2");
  world.Start();
  const auto told = [&] {
    return FindString(world.Status(), {"enrolment"}).find("for node till-2") != std::string::npos;
  };
  CHECK(world.Await([&] { return world.PodRuns() && told(); }));
  CHECK_FALSE(std::filesystem::exists(world.path("tls.crt")));
  CHECK_FALSE(world.Online());
}

TEST_CASE("A machine without pods is whoever its identity says", "[identity]") {
  const offline_store::Contents empty{{}, {}, {}, {}, {}, {{"agent.node_name", "till-1"}}};
  certs::Identity identity;
  identity.node_name = "till-2";
  CHECK(edged::WhoIsThis(empty, std::optional(identity), "/identity").node == "till-2");
  CHECK(edged::WhoIsThis(empty, std::optional<certs::Identity>(), "/identity").node.empty());
}

TEST_CASE("A machine with pods of one node does not run them as another", "[identity]") {
  offline_store::Contents contents;
  contents.meta = {{"agent.node_name", "till-1"}};
  contents.facts = {{"pod-1", "{}"}};
  certs::Identity identity;
  identity.node_name = "till-2";
  const edged::Self self = edged::WhoIsThis(contents, std::optional(identity), "/identity");
  CHECK(self.node == "till-1");
  CHECK_FALSE(self.identity);
  CHECK(self.damage.message().find("till-2") != std::string::npos);
  CHECK_FALSE(self.damage.next_step().empty());
}

TEST_CASE("A store of a release that did not keep the name has it from its Node", "[identity]") {
  offline_store::Contents contents;
  contents.facts = {{"pod-1", "{}"}};
  offline_store::HeldObject node;
  node.entry.key = {sync::Kind::kNode, "", "till-1"};
  contents.objects = {node};
  CHECK(edged::WhoIsThis(contents, DataLoss("broken"), "/identity").node == "till-1");
}

}  // namespace edge::identity
