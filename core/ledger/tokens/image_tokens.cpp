#include "ledger/tokens/image_tokens.h"

#include <algorithm>
#include <cmath>

namespace switchyard::ledger
{

namespace
{

/// By tiles of 512 pixels (`factor` 0), or by patches of 32 pixels times `factor`.
struct ImageRule
{
    std::string_view prefix;
    int64_t base, tile;
    double factor;
};

/// In order: a prefix that another one begins with stands before it. The last one is for all other models.
constexpr ImageRule kRules[] = {
    {"gpt-4o-mini", 2833, 5667, 0},   {"gpt-4.1-mini", 0, 0, 1.62}, {"gpt-4.1-nano", 0, 0, 2.46},
    {"o4-mini", 0, 0, 1.72},          {"gpt-5-mini", 0, 0, 1.62},   {"gpt-5-nano", 0, 0, 2.46},
    {"gpt-5", 70, 140, 0},            {"o1", 75, 150, 0},           {"o3", 75, 150, 0},
    {"computer-use-preview", 65, 129, 0}, {"", 85, 170, 0},
};

constexpr int64_t kPatch = 32, kMostPatches = 1536;
constexpr int64_t kTile = 512, kLongerSide = 2048, kShorterSide = 768;
/// 2048 x 768 and 768 x 2048 have 4 x 2 tiles; no picture that was shrunk has more.
constexpr int64_t kMostTiles = 8;
/// Beyond any picture; keeps the products below within int64.
constexpr int64_t kLongestSide = 1'000'000;

const ImageRule& ruleOf(std::string_view model) noexcept
{
    for (const ImageRule& rule : kRules)
        if (model.starts_with(rule.prefix)) return rule;
    return kRules[std::size(kRules) - 1];
}

constexpr int64_t ceilDivide(int64_t value, int64_t by) noexcept { return (value + by - 1) / by; }

int64_t tiles(int64_t width, int64_t height) noexcept
{
    const int64_t longer = std::max(width, height);
    if (longer > kLongerSide)
    {
        width = width * kLongerSide / longer;
        height = height * kLongerSide / longer;
    }
    const int64_t shorter = std::min(width, height);
    if (shorter > kShorterSide)
    {
        width = width * kShorterSide / shorter;
        height = height * kShorterSide / shorter;
    }
    // A picture of one pixel's width that was shrunk still is a picture.
    return ceilDivide(std::max<int64_t>(width, 1), kTile) * ceilDivide(std::max<int64_t>(height, 1), kTile);
}

int64_t patches(int64_t width, int64_t height) noexcept
{
    const int64_t whole = ceilDivide(width, kPatch) * ceilDivide(height, kPatch);
    if (whole <= kMostPatches) return whole;
    const double w = static_cast<double>(width), h = static_cast<double>(height);
    const double scale = std::sqrt(static_cast<double>(kPatch * kPatch * kMostPatches) / (w * h));
    const double across = w * scale / kPatch, down = h * scale / kPatch;
    const double fit = std::min(std::max(std::floor(across), 1.0) / across, std::max(std::floor(down), 1.0) / down);
    const double count = std::ceil(across * fit - 1e-9) * std::ceil(down * fit - 1e-9);
    return std::min(kMostPatches, std::max<int64_t>(1, static_cast<int64_t>(count)));
}

} // namespace

std::optional<ImageDetail> imageDetail(std::string_view word) noexcept
{
    if (word.empty() || word == "auto" || word == "high") return ImageDetail::high;
    if (word == "low") return ImageDetail::low;
    return std::nullopt;
}

int64_t imageTokens(std::string_view model, ImageDetail detail, int64_t width, int64_t height) noexcept
{
    const ImageRule& rule = ruleOf(model);
    width = std::min(width, kLongestSide);
    height = std::min(height, kLongestSide);
    if (width <= 0 || height <= 0) return rule.base;
    if (rule.factor != 0) return std::llround(static_cast<double>(patches(width, height)) * rule.factor);
    return detail == ImageDetail::low ? rule.base : rule.base + rule.tile * tiles(width, height);
}

int64_t imageTokensAtMost(std::string_view model, ImageDetail detail) noexcept
{
    const ImageRule& rule = ruleOf(model);
    if (rule.factor != 0) return std::llround(static_cast<double>(kMostPatches) * rule.factor);
    return detail == ImageDetail::low ? rule.base : rule.base + rule.tile * kMostTiles;
}

} // namespace switchyard::ledger
