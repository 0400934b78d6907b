#include "edged/adapters/proc/proc_node_facts.h"

#include <catch2/catch.hpp>

#include "tests/fakes/temp_folder.h"

namespace edge::edged {

TEST_CASE("This machine's facts are complete", "[proc]") {
  ProcNodeFacts source({});
  const auto facts = source.Read();
  REQUIRE(facts.ok());
  CHECK(facts->cpu_millicores >= 1000);
  CHECK(facts->memory_total_bytes > facts->memory_available_bytes);
  CHECK(facts->memory_available_bytes > 0);
  CHECK(facts->disk_total_bytes > facts->disk_available_bytes);
  CHECK(facts->inodes_total >= facts->inodes_free);
  CHECK(facts->pids_max > facts->pids_used);
  CHECK(facts->pids_used > 0);
  CHECK(facts->boot_id.size() == 36);
  CHECK_FALSE(facts->kernel_version.empty());
  CHECK_FALSE(facts->os_image.empty());
  CHECK_FALSE(facts->architecture.empty());
  CHECK_FALSE(facts->hostname.empty());
}

TEST_CASE("Facts of another root are read from its files", "[proc]") {
  const fakes::TempFolder root;
  root.Write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 400 kB\n");
  root.Write("proc/stat", "cpu 1\ncpu0 1\ncpu1 1\n");
  root.Write("proc/sys/kernel/pid_max", "32768\n");
  root.Write("proc/sys/kernel/threads-max", "1000\n");
  root.Write("proc/loadavg", "0 0 0 1/77 9\n");
  root.Write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  root.Write("etc/os-release", "PRETTY_NAME=\"Shop OS 1\"\n");
  root.Write("sys/class/dmi/id/product_uuid", "ABCD-EF\n");
  root.Write("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "3\n");
  root.Write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  ProcNodeFacts source({root.path(), root.path() + "/not/made/yet"});
  const auto facts = source.Read();
  REQUIRE(facts.ok());
  CHECK(facts->memory_total_bytes == 1000 * 1024);
  CHECK(facts->memory_available_bytes == 400 * 1024);
  CHECK(facts->cpu_millicores == 2000);
  CHECK(facts->pids_max == 1000);
  CHECK(facts->pids_used == 77);
  CHECK(facts->machine_id == "0123456789abcdef0123456789abcdef");
  CHECK(facts->system_uuid == "abcd-ef");
  CHECK(facts->os_image == "Shop OS 1");
  CHECK(facts->hugepages.at("2Mi") == 6 << 20);
  CHECK(facts->cgroup_v2);
  CHECK(facts->disk_total_bytes > 0);
}

TEST_CASE("A machine without DMI is known by its machine id", "[proc]") {
  const fakes::TempFolder root;
  root.Write("proc/meminfo", "MemTotal: 1000 kB\n");
  root.Write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
  ProcNodeFacts source({root.path(), root.path()});
  CHECK(source.Read()->system_uuid == "0123456789abcdef0123456789abcdef");
  CHECK_FALSE(source.Read()->cgroup_v2);
}

TEST_CASE("A root without proc is an error that names it", "[proc]") {
  const fakes::TempFolder root;
  ProcNodeFacts source({root.path(), root.path()});
  const Status status = source.Read().status();
  CHECK(status.code() == Code::kUnavailable);
  CHECK(status.message().find(root.path()) != std::string::npos);
}

}  // namespace edge::edged
