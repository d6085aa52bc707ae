#include "core/registry.h"

#include <gtest/gtest.h>

#include <string>

namespace squid {
namespace {

struct Fruit {
  std::string name;
  int weight;
};
using FruitRegistry = Registry<Fruit>;

const FruitRegistry::Entry kPear{Fruit{"pear", 3}};
const FruitRegistry::Entry kApple{Fruit{"apple", 2}};
const FruitRegistry::Entry kPlum{Fruit{"plum", 1}};

TEST(Registry, ListsAllByName) {
  std::string names;
  for (const Fruit* fruit : FruitRegistry::all()) names += fruit->name + " ";
  EXPECT_EQ(names, "apple pear plum ");
}

TEST(Registry, FindsByName) {
  ASSERT_NE(FruitRegistry::find("pear"), nullptr);
  EXPECT_EQ(FruitRegistry::find("pear")->weight, 3);
  EXPECT_EQ(FruitRegistry::find("stone"), nullptr);
}

}  // namespace
}  // namespace squid
