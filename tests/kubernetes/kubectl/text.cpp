#include "tests/kubernetes/kubectl/text.h"

#include <algorithm>
#include <regex>
#include <sstream>
#include <utility>

#include "common/json.h"
#include "tests/kubernetes/oracle/normal.h"

namespace edge::oracle {
namespace {

/// kubectl before 1.21 shows managedFields, which the embedded API has not: the lines of YAML that
/// stand below them go too.
class ManagedFields {
 public:
  bool Covers(const std::string& line) {
    const std::size_t indent = line.find_first_not_of(' ');
    const bool blank = indent == std::string::npos;
    if (inside_ && !blank && (indent > indent_ || (indent == indent_ && line[indent] == '-'))) {
      return true;
    }
    inside_ = !blank && line.compare(indent, kBegin.size(), kBegin) == 0;
    indent_ = indent;
    return inside_;
  }

 private:
  static constexpr std::string_view kBegin = "managedFields:";
  bool inside_ = false;
  std::size_t indent_ = 0;
};

/// A client logs, now and then, that it was busy or that its own time was up in the middle of a
/// request.
bool TellsOfTime(const std::string& line) {
  static const std::regex kLogged(
      "^[IEW][0-9]{4} .*(hrottling|Failed to watch.*context deadline exceeded).*");
  return std::regex_match(line, kLogged);
}

std::string NormalizeLine(std::string line) {
  static const std::vector<std::pair<std::regex, std::string>> kVary = {
      {std::regex(" +"), " "},
      {std::regex("https://[0-9.:]+"), "SERVER"},
      {std::regex("resourceVersion: \"[0-9]+\""), "resourceVersion: VERSION"},
      {std::regex("\"resourceVersion\":\"[0-9]+\""), "\"resourceVersion\":\"VERSION\""},
      {std::regex("\\b[0-9]{1,4}[smhdy]([0-9]{1,3}[smhd])?\\b"), "AGE"},
      {std::regex("[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]+ [+-][0-9]{4}"), "TIME"},
      {std::regex("[0-9-]{10} [0-9:]{8}\\.[0-9]+ [+-][0-9]{4}"), "TIME"},
      {std::regex("Resource Version: [0-9]+"), "Resource Version: VERSION"},
      {std::regex("\\beyJ[A-Za-z0-9_.-]+"), "TOKEN"},
      {std::regex("[IEW][0-9]{4} [0-9:.]+ +[0-9]+ "), "LOG "},
      {std::regex("(LIVE|MERGED)-[0-9]+"), "$1"},
      {std::regex("kubectl-edit-[a-z0-9]+"), "kubectl-edit"}};
  line = NormalizeText(std::move(line));
  for (const auto& [pattern, word] : kVary) line = std::regex_replace(line, pattern, word);
  return line;
}

}  // namespace

std::vector<std::string> Lines(const std::string& printed, const std::string& folder) {
  const auto json = ParseJson(printed);
  std::istringstream stream(json.ok() && json->is_structured() ? Normalize(*json).dump(1)
                                                               : printed);
  std::vector<std::string> lines;
  ManagedFields managed;
  for (std::string line; std::getline(stream, line);) {
    if (managed.Covers(line)) continue;
    if (TellsOfTime(line)) continue;
    for (auto at = line.find(folder); at != std::string::npos; at = line.find(folder, at)) {
      line.replace(at, folder.size(), "FOLDER");
    }
    lines.push_back(NormalizeLine(std::move(line)));
  }
  return lines;
}

std::vector<std::string> DiffLines(const std::vector<std::string>& real,
                                   const std::vector<std::string>& embedded) {
  // common[i][j]: how many lines the ends from i and from j have in common.
  const std::size_t rows = real.size(), columns = embedded.size();
  std::vector<std::vector<std::size_t>> common(rows + 1, std::vector<std::size_t>(columns + 1));
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      common[i][j] = real[i] == embedded[j] ? common[i + 1][j + 1] + 1
                                            : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<std::string> differing;
  for (std::size_t i = 0, j = 0; i < rows || j < columns;) {
    if (i < rows && j < columns && real[i] == embedded[j]) {
      ++i, ++j;
    } else if (j == columns || (i < rows && common[i + 1][j] >= common[i][j + 1])) {
      differing.push_back("- " + real[i++]);
    } else {
      differing.push_back("+ " + embedded[j++]);
    }
  }
  return differing;
}

}  // namespace edge::oracle
