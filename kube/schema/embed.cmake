# cmake -DINPUT=types.txt -DOUTPUT=types_text.cpp -P embed.cmake: the table as a string constant.
file(READ "${INPUT}" text)
file(WRITE "${OUTPUT}" "#include \"kube/schema_text.h\"

namespace edge::kube {

extern const std::string_view kTypesText = R\"table(${text})table\";

}  // namespace edge::kube
")
