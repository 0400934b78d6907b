#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace edge {

/// Rows of text under a heading, in aligned columns, as kubectl prints them.
/// Thread rule: a value.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }

  /// Cells that a row lacks are empty.
  void Add(std::vector<std::string> row) {
    row.resize(rows_.front().size());
    rows_.push_back(std::move(row));
  }

  /// Lines without spaces at their ends; columns are three spaces apart.
  std::string Text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        widths[i] = std::max(widths[i], Width(row[i]));
      }
    }
    std::string text;
    for (const auto& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        line += Printable(row[i]) + std::string(widths[i] - Width(row[i]) + 3, ' ');
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    return text;
  }

 private:
  /// UTF-8 characters, each taken as one column wide.
  static std::size_t Width(const std::string& cell) {
    return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
  }
  /// Control characters would move the cursor or break the line.
  static std::string Printable(std::string cell) {
    for (char& c : cell) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return cell;
  }

  std::vector<std::vector<std::string>> rows_;
};

}  // namespace edge
