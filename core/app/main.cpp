#include <iostream>
int main() { std::cout << "switchyard 0.1.0\n"; }
