#include "ledger/holds/hold.h"

#include <algorithm>

namespace switchyard::ledger
{

namespace
{

constexpr int64_t kEverything = int64_t{1} << 62;

// A charge beyond its hold takes from both alike what both have, so that neither shows more than the other paid.
int64_t takeMore(Account& user, Account* token, int64_t wanted) noexcept
{
    const int64_t ofToken = token ? token->takeUpTo(wanted) : wanted;
    if (ofToken == 0) return 0;
    const int64_t ofUser = user.takeUpTo(ofToken);
    if (token && ofUser < ofToken) token->release(ofToken - ofUser, ofToken - ofUser);
    return ofUser;
}

} // namespace

Hold& Hold::operator=(Hold&& other) noexcept
{
    if (this == &other) return *this;
    settle(0);
    user_ = std::move(other.user_);
    token_ = std::move(other.token_);
    amount_ = std::exchange(other.amount_, 0);
    other.user_.reset();
    other.token_.reset();
    return *this;
}

Hold Hold::take(AccountPtr user, AccountPtr token, int64_t amount) noexcept
{
    Hold hold;
    if (token && !token->take(amount)) return hold;
    if (!user->take(amount))
    {
        if (token) token->release(amount, amount);
        return hold;
    }
    hold.user_ = std::move(user);
    hold.token_ = std::move(token);
    hold.amount_ = amount;
    return hold;
}

Hold Hold::takeUpTo(AccountPtr user, AccountPtr token, int64_t least, int64_t amount) noexcept
{
    Hold hold;
    const int64_t taken = takeMore(*user, token.get(), std::min(amount, kEverything));
    if (taken < least || taken == 0)
    {
        if (taken > 0)
        {
            user->release(taken, taken);
            if (token) token->release(taken, taken);
        }
        return hold;
    }
    hold.user_ = std::move(user);
    hold.token_ = std::move(token);
    hold.amount_ = taken;
    return hold;
}

bool Hold::extend(int64_t more) noexcept
{
    if (!open()) return false;
    if (token_ && !token_->take(more)) return false;
    if (!user_->take(more))
    {
        if (token_) token_->release(more, more);
        return false;
    }
    amount_ += more;
    return true;
}

Settled Hold::settle(int64_t charge) noexcept
{
    Settled settled;
    if (!open()) return settled;
    const int64_t beyond = charge > amount_ ? takeMore(*user_, token_.get(), charge - amount_) : 0;
    const int64_t held = amount_ + beyond;
    settled.quota = std::min(charge, held);
    settled.unpaid = charge - settled.quota;
    const int64_t returned = held - settled.quota;
    if (token_) token_->release(held, returned);
    user_->release(held, returned);
    user_.reset();
    token_.reset();
    amount_ = 0;
    return settled;
}

} // namespace switchyard::ledger
