// A list and a text that live where they stand (usually on the stack) and go to the heap only when they outgrow that.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace switchyard::sdk
{

/// A list of plain values: the first N need no allocation.
template <class T, size_t N>
class InlineList
{
    static_assert(std::is_trivially_copyable_v<T>, "values are moved as bytes");

public:
    InlineList() = default;
    InlineList(const InlineList&) = delete;
    InlineList& operator=(const InlineList&) = delete;

    /// Room for `count` more at the end; the first of them.
    T* grow(size_t count)
    {
        if (size_ + count > capacity_)
        {
            const size_t wider = size_ + count > capacity_ * 2 ? size_ + count : capacity_ * 2;
            std::unique_ptr<T[]> moved(new T[wider]);
            std::memcpy(static_cast<void*>(moved.get()), data(), size_ * sizeof(T));
            heap_ = std::move(moved);
            capacity_ = wider;
        }
        size_ += count;
        return data() + size_ - count;
    }
    void add(const T& value)
    {
        const T copy = value; // `value` may stand in this list
        *grow(1) = copy;
    }
    void clear() { size_ = 0; }

    T* data() { return heap_ ? heap_.get() : inline_; }
    const T* data() const { return heap_ ? heap_.get() : inline_; }
    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T* begin() { return data(); }
    T* end() { return data() + size_; }
    const T* begin() const { return data(); }
    const T* end() const { return data() + size_; }
    T& operator[](size_t i) { return data()[i]; }
    const T& operator[](size_t i) const { return data()[i]; }

private:
    std::unique_ptr<T[]> heap_;
    size_t size_ = 0;
    size_t capacity_ = N;
    T inline_[N];
};

/// A text under construction.
template <size_t N>
class InlineText
{
public:
    InlineText() = default;
    InlineText(std::string_view text) { append(text); }

    void append(const char* bytes, size_t size)
    {
        if (size > 0) std::memcpy(bytes_.grow(size), bytes, size);
    }
    InlineText& append(std::string_view text)
    {
        append(text.data(), text.size());
        return *this;
    }
    InlineText& operator+=(std::string_view text) { return append(text); }
    void clear() { bytes_.clear(); }
    size_t size() const { return bytes_.size(); }
    std::string_view view() const { return {bytes_.data(), bytes_.size()}; }
    operator std::string_view() const { return view(); }

private:
    InlineList<char, N> bytes_;
};

} // namespace switchyard::sdk
