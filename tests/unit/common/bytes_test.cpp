#include "common/bytes.h"

#include <catch2/catch.hpp>

#include "common/random.h"

namespace edge {
namespace {

TEST_CASE("Hexadecimal goes there and back and refuses the rest", "[common]") {
  const std::string bytes("\x00\x7f\xff", 3);
  CHECK(HexEncode(bytes) == "007fff");
  CHECK(HexDecode("007FfF").value() == bytes);
  CHECK(HexDecode("").value().empty());
  CHECK(HexDecode("abc").status().code() == Code::kInvalidArgument);
  CHECK(HexDecode("zz").status().code() == Code::kInvalidArgument);
}

TEST_CASE("Base64 matches the test vectors of RFC 4648", "[common]") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    CHECK(Base64Encode(plain) == encoded);
    CHECK(Base64Decode(encoded).value() == plain);
  }
}

TEST_CASE("Base64 of any bytes goes there and back", "[common]") {
  SeededRandom random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string bytes = random.Bytes(size);
    CHECK(Base64Decode(Base64Encode(bytes)).value() == bytes);
  }
}

TEST_CASE("What is not padded standard base64 is refused", "[common]") {
  for (const char* text :
       {"Zg", "Zg=", "=", "====", "Z===", "Zg==Zg==", " Zg=", "Zg==\n", "Zm9v\n\n\n\n",
        "\t\t\t\tZm9v", "Zm9v----", "Zm-_", "Zm9v=", "Z*9v", "Zm\0v"}) {
    INFO(text);
    CHECK(Base64Decode(text).status().code() == Code::kInvalidArgument);
  }
}

TEST_CASE("SHA-256 matches a published vector", "[common]") {
  CHECK(HexEncode(AsBytes(Sha256("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(HexEncode(AsBytes(Sha256(""))) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace

TEST_CASE("UTF-8 is told from other bytes", "[bytes]") {
  for (const char* good : {"", "a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "a\xc3\xbc!"}) {
    INFO(HexEncode(good));
    CHECK(IsUtf8(good));
  }
  // A lone continuation, a cut character, an overlong form, a surrogate, beyond Unicode.
  for (const char* bad : {"\x80", "\xc3", "a\xe2\x82", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "\xff"}) {
    INFO(HexEncode(bad));
    CHECK_FALSE(IsUtf8(bad));
  }
}

}  // namespace edge
