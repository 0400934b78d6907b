#include "edged/adapters/proc/proc_text.h"

#include <catch2/catch.hpp>

#include "edged/adapters/proc/addresses.h"

namespace edge::edged {

TEST_CASE("os-release values are unquoted and found by their whole key", "[proc]") {
  const std::string text = "NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12\"\nID='debian'\nA_ID=no\n";
  CHECK(OsReleaseValue(text, "PRETTY_NAME") == "Debian GNU/Linux 12");
  CHECK(OsReleaseValue(text, "ID") == "debian");
  CHECK(OsReleaseValue(text, "NAME") == "x");
  CHECK(OsReleaseValue(text, "VERSION").empty());
  CHECK(OsReleaseValue("ID=\"", "ID") == "\"");
}

TEST_CASE("meminfo is read in bytes", "[proc]") {
  const std::string text = "MemTotal:        2048 kB\nMemTotalX: 1 kB\nMemAvailable: 12 kB\n";
  CHECK(MeminfoBytes(text, "MemTotal") == 2048 * 1024);
  CHECK(MeminfoBytes(text, "MemAvailable") == 12 * 1024);
  CHECK(MeminfoBytes(text, "SwapTotal") == 0);
}

TEST_CASE("Processors and tasks are counted from the kernel's text", "[proc]") {
  CHECK(CountCpus("cpu  1 2\ncpu0 1\ncpu11 1\nintr 5\n") == 2);
  CHECK(CountCpus("") == 0);
  CHECK(LoadavgTasks("0.10 0.20 0.30 2/345 6789\n") == 345);
  CHECK(LoadavgTasks("garbage") == 0);
  CHECK(Number("99999999999999999999999") == 0);
}

TEST_CASE("The default route with the lowest metric names the interface", "[proc]") {
  const std::string route =
      "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
      "wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
      "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
      "cni0\t00000A0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
  CHECK(DefaultRouteInterface(route) == "eth0");
  CHECK(DefaultRouteInterface("Iface Destination\n").empty());
  const std::string zero(32, '0');
  const std::string route6 = zero + " 00 " + zero + " 00 " + zero + " ffffffff 1 0 00200200 lo\n" +
                             zero + " 00 " + zero + " 00 " + zero + " 00000400 1 0 00000003 eth1\n";
  CHECK(DefaultRouteInterface6(route6) == "eth1");
}

TEST_CASE("Page sizes and architectures have Kubernetes' names", "[proc]") {
  CHECK(PageSizeName(2048) == "2Mi");
  CHECK(PageSizeName(1024 * 1024) == "1Gi");
  CHECK(PageSizeName(64) == "64Ki");
  CHECK(GoArchitecture("x86_64") == "amd64");
  CHECK(GoArchitecture("aarch64") == "arm64");
  CHECK(GoArchitecture("armv7l") == "arm");
  CHECK(GoArchitecture("riscv64") == "riscv64");
}

TEST_CASE("The node's addresses outlive the default route and are never a bridge's", "[proc]") {
  const std::vector<InterfaceAddress> all = {{"cni0", "10.0.0.1", false, false},
                                             {"eth0", "2001:db8::5", true, true},
                                             {"eth0", "192.0.2.5", false, true},
                                             {"wlan0", "192.0.2.6", false, true}};
  using Addresses = std::vector<std::string>;
  CHECK(ChooseAddresses(all, "wlan0") == Addresses{"192.0.2.6"});
  CHECK(ChooseAddresses(all, "") == Addresses{"192.0.2.5", "2001:db8::5"});
  CHECK(ChooseAddresses(all, "gone0") == Addresses{"192.0.2.5", "2001:db8::5"});
  CHECK(ChooseAddresses({all[0]}, "").empty());
}

}  // namespace edge::edged
