/** Keys and values that stand for one thing each: none is given out twice. */
import type { Random } from './random.ts';

const colours =
  'amber ashen auburn azure bronze carmine cerulean chestnut cobalt coral crimson cyan ebony emerald fawn ginger golden hazel indigo ivory jade lavender lilac magenta maroon mauve ochre olive pearl plum russet saffron sapphire scarlet sepia silver tawny teal umber vermilion';
const things =
  'anchor anvil atlas balcony barometer beehive bellows bicycle cabinet canoe carousel chimney compass courtyard cradle easel ferry fountain gazebo hammock harpoon kettle kiln ladder lantern lectern locomotive mandolin orchard pavilion pendulum piano pulley quilt sextant sundial telescope trellis turbine windmill';
const moods =
  'agile brisk candid drowsy eager frosty gentle hasty humble jolly keen lofty lucid mellow mighty nimble patient placid proud quaint quiet restless rustic sly solemn sturdy subtle supple tidy timid velvet vivid wary whimsical wily witty wistful woolly zesty zealous';
const animals =
  'badger beaver bison bittern cheetah condor cormorant curlew dingo dolphin ermine falcon ferret gazelle gecko heron hyena ibex iguana jackal kestrel lemur lynx marmot marten meerkat narwhal newt ocelot osprey otter pangolin panther puffin quokka stoat tapir toucan walrus wombat';
const onsets = 'b br d dr f fl g gl h j k kr l m n p pl r s st t tr v z'.split(' ');
const vowels = 'a e i o u ai ei ou'.split(' ');
const codas = 'l n r s m x th nd rk lt'.split(' ');

const words = {
  colours: colours.split(' '),
  things: things.split(' '),
  moods: moods.split(' '),
  animals: animals.split(' '),
};

export interface Names {
  /** A thing to ask about: "crimson anvil". */
  key(random: Random): string;
  /** Several keys that share their noun, so that they are easily confused. */
  family(random: Random, size: number): string[];
  /** A value of words: "wily otter". */
  phrase(random: Random): string;
  /** A value of six digits. */
  number(random: Random): string;
  uuid(random: Random): string;
  /** A label of letters and digits: "QK-4821". */
  label(random: Random): string;
  /** A word that does not exist: "Tresoun". */
  coined(random: Random): string;
}

/** A supply of names. */
export function createNames(): Names {
  const used = new Set<string>();
  /** The first that was not given out before; the caller has more than enough of them. */
  function unique(draw: () => string): string {
    for (let attempt = 0; attempt < 10_000; attempt++) {
      const name = draw();
      if (used.has(name)) continue;
      used.add(name);
      return name;
    }
    throw new RangeError('There are no names left: ask for fewer trials.');
  }
  const letters = (random: Random, count: number): string =>
    Array.from({ length: count }, () => String.fromCharCode(65 + random.integer(0, 25))).join('');
  return {
    key: (random) => unique(() => `${random.pick(words.colours)} ${random.pick(words.things)}`),
    family(random, size) {
      const left = (thing: string): number => words.colours.filter((colour) => !used.has(`${colour} ${thing}`)).length;
      const thing = random.pick(words.things.filter((candidate) => left(candidate) >= size));
      return Array.from({ length: size }, () => unique(() => `${random.pick(words.colours)} ${thing}`));
    },
    phrase: (random) => unique(() => `${random.pick(words.moods)} ${random.pick(words.animals)}`),
    number: (random) => unique(() => String(random.integer(100_000, 999_999))),
    uuid: (random) =>
      unique(() =>
        [8, 4, 4, 4, 12]
          .map((length) => Array.from({ length }, () => random.integer(0, 15).toString(16)).join(''))
          .join('-'),
      ),
    label: (random) => unique(() => `${letters(random, 2)}-${random.integer(1000, 9999)}`),
    coined: (random) =>
      unique(() => {
        const word = `${random.pick(onsets)}${random.pick(vowels)}${random.pick(onsets)}${random.pick(vowels)}${random.pick(codas)}`;
        return `${word[0]?.toUpperCase()}${word.slice(1)}`;
      }),
  };
}
