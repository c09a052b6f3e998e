// A value or an error, for code of the data plane, which throws nothing.
#pragma once

#include <cassert>
#include <utility>
#include <variant>

namespace switchyard
{

/// Marks an error on its way into a Result.
template <class E>
struct Failure
{
    E error;
};

template <class E>
Failure<std::decay_t<E>> failure(E&& error)
{
    return {std::forward<E>(error)};
}

/// Either a value of type T or an error of type E. Ask before you take: value() without a value is a programming error.
template <class T, class E>
class Result
{
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    template <class F>
    Result(Failure<F> failed) : state_(std::in_place_index<1>, std::move(failed.error))
    {
    }

    bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    T& value() { return *std::get_if<0>(&state_); }
    const T& value() const { return *std::get_if<0>(&state_); }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    E& error() { return *std::get_if<1>(&state_); }
    const E& error() const { return *std::get_if<1>(&state_); }

private:
    std::variant<T, E> state_;
};

/// The result of an action that yields nothing.
struct Done
{
};

} // namespace switchyard
