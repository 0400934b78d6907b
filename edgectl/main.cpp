#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "common/exit_codes.h"
#include "common/program/program.h"
#include "edgectl/client.h"
#include "edgectl/render.h"

namespace edge::edgectl {
namespace {

int Main(int argc, char** argv) {
  CLI::App app("edgectl: asks the edged of this machine.", "edgectl");
  app.require_subcommand(1);
  app.fallthrough();
  std::string socket = kDefaultSocket;
  std::string output = "table";
  app.add_option("--socket", socket, "edged's socket")->capture_default_str();
  app.add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  int exit_code = kExitOk;
  const auto add = [&](const char* name, const char* help, std::string (*render)(const Json&)) {
    app.add_subcommand(name, help)->callback([&, name, render] {
      const Result<Json> answer = Ask(socket, name);
      if (!answer.ok()) {
        exit_code = Report("edgectl", answer.status());
        return;
      }
      const std::string text = output == "json" ? answer->dump(2) + "\n" : render(*answer);
      std::fputs(text.c_str(), stdout);
    });
  };
  add("status", "the node, its link to the cloud, and what is wrong", RenderStatus);
  add("pods", "the pods on this node and their state", RenderPods);
  app.footer(
      "Exit codes: 0 ok, 1 failure, 2 usage, 3 refused or not there, 4 edged does not answer.");
  const int parsed = ParseCommandLine(app, argc, argv);
  return parsed == kParsed ? exit_code : parsed;
}

}  // namespace
}  // namespace edge::edgectl

int main(int argc, char** argv) { return edge::edgectl::Main(argc, argv); }
