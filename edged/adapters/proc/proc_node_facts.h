#pragma once

#include <string>

#include "edged/ports/node_facts.h"

namespace edge::edged {

struct ProcOptions {
  /// Put before /proc, /sys and /etc: empty, or where a host's root is mounted.
  std::string root;
  /// A folder on the file system whose space counts.
  std::string state_folder = "/var/lib/edged";
};

/// The node's facts from /proc, /sys, /etc and the kernel. Thread rule and failure modes: as
/// NodeFactsSource; files are read with a cap of 1 MiB.
class ProcNodeFacts final : public NodeFactsSource {
 public:
  explicit ProcNodeFacts(ProcOptions options);
  Result<NodeFacts> Read() override;

 private:
  std::string Text(const std::string& path) const;
  void ReadIdentity(NodeFacts& facts) const;
  void ReadMemory(NodeFacts& facts) const;
  void ReadDisk(NodeFacts& facts) const;
  void ReadPids(NodeFacts& facts) const;
  void ReadHugePages(NodeFacts& facts) const;

  const ProcOptions options_;
};

}  // namespace edge::edged
