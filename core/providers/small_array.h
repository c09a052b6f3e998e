// An array whose size is known when it is made, on the stack when it is small.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace switchyard::providers
{

/// For plain values that are assigned before they are read; nothing is initialised.
template <class T, size_t Usual>
class SmallArray
{
    static_assert(std::is_trivially_destructible_v<T>);

public:
    explicit SmallArray(size_t size) : size_(size)
    {
        if (size > Usual) large_ = std::make_unique_for_overwrite<std::byte[]>(size * sizeof(T));
    }
    SmallArray(const SmallArray&) = delete;
    SmallArray& operator=(const SmallArray&) = delete;

    T* data() noexcept { return reinterpret_cast<T*>(large_ ? large_.get() : small_); }
    T& operator[](size_t i) noexcept { return data()[i]; }
    size_t size() const noexcept { return size_; }

private:
    alignas(T) std::byte small_[Usual * sizeof(T)];
    std::unique_ptr<std::byte[]> large_;
    size_t size_;
};

} // namespace switchyard::providers
