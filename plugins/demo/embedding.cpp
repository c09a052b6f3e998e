#include "embedding.h"

#include "text.h"

#include "switchyard/json_text.hpp"

#include <bit>
#include <charconv>
#include <cmath>

namespace switchyard::demo
{

using sdk::JsonView;

static_assert(std::endian::native == std::endian::little, "OpenAI's base64 form is little-endian");

namespace
{

constexpr int kCoordinatesPerWord = 32;

/// FNV-1a.
uint64_t hashOf(std::string_view word)
{
    uint64_t hash = 14695981039346656037u;
    for (const char c : word)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return hash;
}

std::string base64Of(std::string_view bytes)
{
    constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size(); i += 3)
    {
        const auto at = [&](size_t k) { return k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0u; };
        const unsigned three = (at(i) << 16) | (at(i + 1) << 8) | at(i + 2);
        out += alphabet[three >> 18];
        out += alphabet[(three >> 12) & 63];
        out += i + 1 < bytes.size() ? alphabet[(three >> 6) & 63] : '=';
        out += i + 2 < bytes.size() ? alphabet[three & 63] : '=';
    }
    return out;
}

void appendNumbers(std::string& out, const std::vector<float>& vector)
{
    char room[32];
    for (size_t i = 0; i < vector.size(); ++i)
    {
        const auto [end, error] = std::to_chars(room, room + sizeof room, vector[i]);
        out += i ? "," : "[";
        out.append(room, error == std::errc() ? end : room);
    }
    out += "]";
}

} // namespace

std::vector<float> embed(std::string_view text, size_t dimensions)
{
    std::vector<double> sum(dimensions);
    // Each word moves a few coordinates, always the same ones: the work does not grow with the dimensions.
    const auto add = [&](std::string_view word, double weight)
    {
        Random random(hashOf(word));
        for (int i = 0; i < kCoordinatesPerWord; ++i)
        {
            const size_t coordinate = random.below(dimensions);
            sum[coordinate] += random.signedUnit() * weight;
        }
    };
    const std::string low = lowered(text);
    add("", 0.05); // so that an empty text has a direction too
    for (std::string_view word : wordsOf(low))
    {
        const auto blank = [](char c) { return static_cast<unsigned char>(c) < 0x80 && !isLetter(c) && !isDigit(c); };
        while (!word.empty() && blank(word.front()))
            word.remove_prefix(1);
        while (!word.empty() && blank(word.back()))
            word.remove_suffix(1);
        if (!word.empty()) add(word, 1);
    }
    double square = 0;
    for (const double each : sum)
        square += each * each;
    std::vector<float> unit(dimensions);
    if (square == 0) sum[0] = square = 1;
    for (size_t i = 0; i < dimensions; ++i)
        unit[i] = static_cast<float>(sum[i] / std::sqrt(square));
    return unit;
}

std::vector<std::string> embeddingInputs(JsonView input)
{
    if (input.isString()) return {input.text()};
    if (!input.isArray()) return {};
    if (input.at(0).isNumber()) return {std::string(input.json())};
    std::vector<std::string> all;
    for (const JsonView each : input.elements())
        all.push_back(each.isString() ? each.text() : std::string(each.json()));
    return all;
}

std::string embeddingAnswer(const std::vector<std::string>& inputs, std::string_view model, size_t dimensions,
                            bool base64, int64_t tokens)
{
    std::string out = R"({"object":"list","data":[)";
    for (size_t i = 0; i < inputs.size(); ++i)
    {
        const std::vector<float> vector = embed(inputs[i], dimensions);
        out += (i ? R"(,{"object":"embedding","index":)" : R"({"object":"embedding","index":)") + std::to_string(i) +
               R"(,"embedding":)";
        if (base64)
            out +=
                "\"" + base64Of({reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)}) + "\"";
        else
            appendNumbers(out, vector);
        out += "}";
    }
    const std::string count = std::to_string(tokens);
    return out + R"(],"model":)" + sdk::jsonString(model) + R"(,"usage":{"prompt_tokens":)" + count +
           R"(,"total_tokens":)" + count + "}}";
}

} // namespace switchyard::demo
