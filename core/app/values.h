// How the texts of settings and options become values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace switchyard::app
{

/// All throw Poco::DataFormatException that says what is expected, without the setting's name.

int64_t integerIn(const std::string& text, int64_t least, int64_t most);
/// `true` and `false`, also in capitals, 1 and 0.
bool truth(const std::string& text);
/// A number with ms, s, m, h or d; without: seconds. 0 means no limit.
std::chrono::milliseconds duration(const std::string& text);
/// Bytes, or a number with K, M or G (powers of 1024).
size_t byteSize(const std::string& text);
/// An absolute URL with one of the blank separated schemes and a host.
std::string url(const std::string& text, const char* schemes);
/// A JSON object, as it was written.
std::string jsonObject(const std::string& text);
/// A JSON object whose values are texts, as it was written.
std::string jsonTexts(const std::string& text);

} // namespace switchyard::app
