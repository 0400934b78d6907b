#include "link/codec.h"
#include "tests/fuzz/fuzz.h"

// Packets of one sender, as a broker hands them on: in any order, cut and doubled.

namespace {

template <typename Decoder>
void Feed(Decoder& decoder, std::string_view packets) {
  while (!packets.empty()) {
    const auto [packet, rest] = edge::fuzz::Split(packets, "\n--\n");
    const auto decoded = decoder.Decode(packet, edge::BootTime{});
    edge::fuzz::Expect(decoded.ok() || !decoded.status().message().empty());
    packets = rest;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view packets = edge::fuzz::View(data, size);
  edge::link::UpDecoder up;
  edge::link::DownDecoder down;
  Feed(up, packets);
  Feed(down, packets);
  return 0;
}
