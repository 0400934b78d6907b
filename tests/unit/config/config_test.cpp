#include "common/config/config.h"
#include "common/config/files.h"

#include <catch2/catch.hpp>

#include "tests/fakes/temp_folder.h"

namespace edge::config {

namespace {

using std::chrono::seconds;

std::vector<Key> Keys() {
  return {StringKey("node.name", "", "Name of this node."),
          IntKey("link.inflight", 64, 1, 1000, "Messages in flight."),
          BoolKey("node.static", true, "Run static pods."),
          DurationKey("link.heartbeat", "15s", seconds(1), seconds(600), "Time | between two."),
          ListKey("token.folders", {"/etc/edged", "/media"}, "Where tokens are looked for."),
          EnumKey("log.level", "info", {"error", "warning", "info", "debug"}, "What is logged.")};
}

/// A folder for configuration files that goes with the test.
struct World {
  fakes::TempFolder files;
  std::string path = files.path();
  Config config{Keys()};

  Status Load(const std::string& text) { return config.LoadFile(files.Write("main.yaml", text)); }
};

}  // namespace

TEST_CASE("Settings have their defaults until something else is said", "[config]") {
  const Config config(Keys());
  CHECK(config.GetString("node.name").empty());
  CHECK(config.GetInt("link.inflight") == 64);
  CHECK(config.GetBool("node.static"));
  CHECK(config.GetDuration("link.heartbeat") == seconds(15));
  CHECK(config.GetList("token.folders") == std::vector<std::string>{"/etc/edged", "/media"});
  CHECK(config.GetString("log.level") == "info");
}

TEST_CASE("Settings are read from nested and from dotted names", "[config]") {
  World world;
  REQUIRE(world
              .Load("link:\n  heartbeat: 1m30s\n  inflight: 7\nnode.name: till-1\n"
                    "node.static: false\ntoken.folders: [/a]\nlog: {level: debug}\n")
              .ok());
  CHECK(world.config.GetDuration("link.heartbeat") == seconds(90));
  CHECK(world.config.GetInt("link.inflight") == 7);
  CHECK(world.config.GetString("node.name") == "till-1");
  CHECK_FALSE(world.config.GetBool("node.static"));
  CHECK(world.config.GetList("token.folders") == std::vector<std::string>{"/a"});
  CHECK(world.config.GetString("log.level") == "debug");
}

TEST_CASE("Drop-ins win over the main file in the order of their names and flags over all",
          "[config]") {
  World world;
  REQUIRE(world.Load("link.inflight: 1\nnode.name: a\nlog.level: error\n").ok());
  world.files.Write("d/20-b.yaml", "link.inflight: 3\n");
  world.files.Write("d/10-a.yaml", "link.inflight: 2\nnode.name: b\n");
  world.files.Write("d/readme.txt", "not yaml: [");
  REQUIRE(world.config.LoadFolder(world.path + "/d").ok());
  REQUIRE(world.config.Set("log.level=debug").ok());
  CHECK(world.config.GetInt("link.inflight") == 3);
  CHECK(world.config.GetString("node.name") == "b");
  CHECK(world.config.GetString("log.level") == "debug");
  const std::string shown = world.config.Show(true);
  CHECK(shown.find("link.inflight: 3  # " + world.path + "/d/20-b.yaml:1\n") != std::string::npos);
  CHECK(shown.find("log.level: debug  # --set\n") != std::string::npos);
  CHECK(shown.find("link.heartbeat: 15s  # default\n") != std::string::npos);
}

TEST_CASE("A missing main file is an error and a missing drop-in folder is none", "[config]") {
  World world;
  CHECK(world.config.LoadFile(world.path + "/none.yaml").code() == Code::kNotFound);
  CHECK(world.config.LoadFolder(world.path + "/none.d").ok());
}

TEST_CASE("An unknown setting is refused with file and line and name", "[config]") {
  World world;
  const Status status = world.Load("node.name: a\nlink:\n  hartbeat: 15s\n");
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message() == world.path + "/main.yaml:3: there is no setting link.hartbeat");
  CHECK(status.next_step().find("config show") != std::string::npos);
}

TEST_CASE("A value of a wrong form is refused with the form that is accepted", "[config]") {
  const auto message = [](const std::string& text) {
    World world;
    const Status status = world.Load(text);
    CHECK(status.code() == Code::kInvalidArgument);
    return status.message();
  };
  CHECK(message("link.inflight: many").find("a whole number from 1 to 1000") != std::string::npos);
  CHECK(message("link.inflight: 1001").find("from 1 to 1000") != std::string::npos);
  CHECK(message("node.static: maybe").find("true or false") != std::string::npos);
  CHECK(message("link.heartbeat: 15").find("written like") != std::string::npos);
  CHECK(message("link.heartbeat: 1h").find("from 1s to 600s") != std::string::npos);
  CHECK(message("log.level: loud").find("one of error, warning") != std::string::npos);
  CHECK(message("token.folders: {a: b}").find("a list of texts") != std::string::npos);
  CHECK(message("node.name: [a]").find("text") != std::string::npos);
  CHECK(message("- a").find("not a list of settings") != std::string::npos);
}

TEST_CASE("A text setting has a form of its own", "[config]") {
  struct Case {
    Form form;
    std::vector<std::string> good, bad;
  };
  const std::vector<Case> cases = {
      {Form::kPath, {"/", "/var/lib"}, {"", "var/lib", "~/x"}},
      {Form::kPathOrNone, {"", "/x"}, {"x"}},
      {Form::kSocket, {"unix:///run/a.sock", "/run/a.sock"}, {"", "tcp://1.2.3.4:5", "unix://a"}},
      {Form::kBrokerUrl,
       {"tls://mqtt.edge:8883", "tls://10.0.0.1:1", "tls://[fd00::2]:8883"},
       {"", "http://x", "mqtt://x:1", "tls://x", "tls://x:0", "tls://x:65536", "tls://:1",
        "tls://a b:1", "tls://x:1/y", "tls://[x]:1"}},
      {Form::kAddress, {"10.0.0.1", "fd00::2"}, {"", "notanip", "10.0.0", "10.0.0.1:53"}},
      {Form::kHost, {"mqtt.edge", "10.0.0.1", "::1"}, {"", "a b", "http://x"}},
      {Form::kName,
       {"retail-edge", "hub_1.a"},
       {"", "bad name/x", "a/b", "+", "#", "..", std::string(64, 'a')}},
  };
  for (const Case& each : cases) {
    for (const std::string& text : each.good) {
      INFO(FormWords(each.form) << ": " << text);
      CHECK(HasForm(each.form, text));
    }
    for (const std::string& text : each.bad) {
      INFO(FormWords(each.form) << ": " << text);
      CHECK_FALSE(HasForm(each.form, text));
    }
  }
}

TEST_CASE("A text of another form is refused with the form that is accepted", "[config]") {
  fakes::TempFolder files;
  Config config({StringKey("path", "/", "Help.", Form::kPath),
                 ListKey("urls", {}, "Help.", Form::kBrokerUrl)});
  const auto load = [&](const std::string& text) {
    return config.LoadFile(files.Write("main.yaml", text)).message();
  };
  CHECK(load("path: lib").ends_with(":1: path is \"lib\", and must be an absolute path"));
  CHECK(load("urls: [\"tls://a:1\", \"http://x\"]")
            .ends_with("urls is \"http://x\", and must be a list, each of it tls://host:port"));
  CHECK_FALSE(config.Set("urls=tls://a:1,x").ok());
  CHECK(config.Set("urls=tls://a:1,tls://b:2").ok());
  CHECK(config.GetList("urls").size() == 2);
}

TEST_CASE("A refused value leaves the setting as it was", "[config]") {
  World world;
  CHECK_FALSE(world.config.Set("link.inflight=0").ok());
  CHECK(world.config.GetInt("link.inflight") == 64);
  CHECK_FALSE(world.config.Set("nonsense").ok());
  CHECK_FALSE(world.config.Set("no.such=1").ok());
}

TEST_CASE("Settings are shown as JSON with their types", "[config]") {
  const Config config(Keys());
  const Json plain = config.ShowJson(false);
  CHECK(plain["link.inflight"] == 64);
  CHECK(plain["node.static"] == true);
  CHECK(plain["token.folders"] == Json::array({"/etc/edged", "/media"}));
  CHECK(config.ShowJson(true)["log.level"] == Json({{"value", "info"}, {"origin", "default"}}));
}

TEST_CASE("The reference has a row for each setting", "[config]") {
  const std::string text = Config(Keys()).Reference();
  CHECK(text.find("| `link.inflight` | number, 1 to 1000 | `64` | Messages in flight. |\n") !=
        std::string::npos);
  CHECK(text.find("Time \\| between two.") != std::string::npos);
}

TEST_CASE("Durations are read as Go writes them", "[config]") {
  CHECK(ParseDuration("1m30s").value() == seconds(90));
  CHECK(ParseDuration("250ms").value() == std::chrono::milliseconds(250));
  CHECK(ParseDuration("24h").value() == std::chrono::hours(24));
  CHECK(ParseDuration("0").value() == Duration::zero());
  for (const char* bad : {"", "5", "s", "-5s", "5 s", "5x", "1m30", "99999999999999h", "h5"}) {
    INFO(bad);
    CHECK(ParseDuration(bad).status().code() == Code::kInvalidArgument);
  }
}

TEST_CASE("A named configuration that is not there says so and what to do", "[config]") {
  World world;
  const std::string path = world.path + "/none.yaml";
  const Status status = LoadFiles(world.config, path, "/etc/x/config.yaml");
  CHECK(status.code() == Code::kNotFound);
  CHECK(status.message().find(path) != std::string::npos);
  CHECK(status.next_step().find("--config") != std::string::npos);
  CHECK(LoadFiles(world.config, path, path).ok());  // the default one may be missing
}

}  // namespace edge::config
