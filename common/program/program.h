#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/config/config.h"
#include "common/executor.h"
#include "common/log.h"
#include "common/loop.h"

namespace CLI {
class App;
}

namespace edge {

/// The release, as CMake's project() has it.
extern const char* const kProgramVersion;

LogLevel LogLevelNamed(std::string_view name);

/// Prints an error ("NAME: message" and the next step) on stderr and returns the exit code that
/// fits; nothing and kExitOk for success.
int Report(std::string_view program, const Status& status);

/// ParseCommandLine's answer when the program is to go on.
inline constexpr int kParsed = -1;
/// Parses and runs the commands' callbacks. Else the exit code: kExitOk after --help, kExitUsage
/// for a mistake, which is explained on stderr.
int ParseCommandLine(CLI::App& app, int argc, char** argv);

/// Adds `version` and `config show [--origin] [-o json]`, which all of our programs have. `load`
/// fills `settings`; what a command ended with is put into `exit_code`.
void AddProgramCommands(CLI::App& app, config::Config& settings, std::function<Status()> load,
                        int& exit_code);

/// Keeps SIGTERM and SIGINT from ending the process at once; for the start of main, before any
/// thread is made.
void BlockStopSignals();

/// Runs the loop until SIGTERM or SIGINT, then calls `on_stop` (which may be null) on it, and
/// returns once that has called `finished`, at the next signal, or after 3 s.
Status RunUntilSignal(Loop& loop, const std::function<void(Task finished)>& on_stop);

}  // namespace edge
