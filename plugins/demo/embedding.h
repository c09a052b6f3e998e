// Vectors without a model: texts that share words lie close to each other.
#pragma once

#include "switchyard/json_view.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::demo
{

inline constexpr int64_t kUsualDimensions = 256;
inline constexpr int64_t kMostDimensions = 4096;
inline constexpr size_t kMostInputs = 2048;
inline constexpr int64_t kMostNumbers = 1 << 20; ///< of one answer: it is made while others wait

/// A unit vector; the same text gives the same one.
std::vector<float> embed(std::string_view text, size_t dimensions);

/// The inputs of an embeddings request as texts, token lists as their numbers; empty: there is none.
std::vector<std::string> embeddingInputs(sdk::JsonView input);

/// The whole answer: `base64` in place of numbers where the client wants it.
std::string embeddingAnswer(const std::vector<std::string>& inputs, std::string_view model, size_t dimensions,
                            bool base64, int64_t tokens);

} // namespace switchyard::demo
