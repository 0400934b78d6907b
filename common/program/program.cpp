#include "common/program/program.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "common/exit_codes.h"
#include "common/file.h"
#include "common/program/version.h"

namespace edge {
namespace {

constexpr Duration kStopDeadline = std::chrono::seconds(3);

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

const char* const kProgramVersion = EDGE_VERSION;

LogLevel LogLevelNamed(std::string_view name) {
  if (name == "error") return LogLevel::kError;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "debug") return LogLevel::kDebug;
  return LogLevel::kInfo;
}

int Report(std::string_view program, const Status& status) {
  if (status.ok()) return kExitOk;
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(program.size()), program.data(),
               status.message().c_str());
  if (!status.next_step().empty()) std::fprintf(stderr, "  %s\n", status.next_step().c_str());
  return ExitCodeOf(status);
}

int ParseCommandLine(CLI::App& app, int argc, char** argv) {
  app.set_version_flag("--version", kProgramVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    // "A subcommand is required" alone does not say what was wrong with the word that was there.
    for (const std::string& word : app.remaining()) {
      std::fprintf(stderr, "%s: there is no command %s\n", app.get_name().c_str(), word.c_str());
    }
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return kParsed;
}

void AddProgramCommands(CLI::App& app, config::Config& settings, std::function<Status()> load,
                        int& exit_code) {
  CLI::App* version = app.add_subcommand("version", "print the version");
  version->callback([] { std::printf("%s\n", kProgramVersion); });

  CLI::App* config = app.add_subcommand("config", "the configuration");
  config->require_subcommand(1);
  CLI::App* show = config->add_subcommand("show", "print every setting with its value");
  auto origin = std::make_shared<bool>(false);
  auto output = std::make_shared<std::string>("text");
  show->add_flag("--origin", *origin, "say where each value comes from");
  show->add_option("-o,--output", *output, "text or json")->check(CLI::IsMember({"text", "json"}));
  show->callback(
      [&settings, &exit_code, load = std::move(load), origin, output, name = app.get_name()] {
        const Status loaded = load();
        exit_code = Report(name, loaded);
        if (!loaded.ok()) return;
        const std::string text =
            *output == "json" ? settings.ShowJson(*origin).dump(2) + "\n" : settings.Show(*origin);
        std::fputs(text.c_str(), stdout);
      });
  CLI::App* reference = config->add_subcommand("reference", "print every setting as Markdown");
  reference->callback([&settings] { std::fputs(settings.Reference().c_str(), stdout); });
}

void BlockStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

Status RunUntilSignal(Loop& loop, const std::function<void(Task)>& on_stop) {
  const sigset_t signals = StopSignals();
  const UniqueFd fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return ErrnoStatus("making", "a signalfd");
  Timer deadline;
  EDGE_RETURN_IF_ERROR(loop.Watch(fd.get(), EPOLLIN, [&](std::uint32_t) {
    signalfd_siginfo info{};
    [[maybe_unused]] const ssize_t got = read(fd.get(), &info, sizeof(info));
    LogInfo("stopping", {{"SIGNAL", std::to_string(info.ssi_signo)}});
    if (!on_stop || deadline.pending()) return loop.Stop();
    deadline = loop.After(kStopDeadline, [&loop] { loop.Stop(); });
    on_stop([&loop] { loop.Stop(); });
  }));
  loop.Run();
  loop.Unwatch(fd.get());
  return Status::Ok();
}

}  // namespace edge
