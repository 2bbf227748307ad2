/** A fact and a question in other words, written by hand; a test holds that they share no content word. */
export interface OtherWords {
  fact: string;
  question: string;
}

export interface Paraphrase extends OtherWords {
  /** Of these, one is enough. */
  answers: string[];
}

export const paraphrases: readonly Paraphrase[] = [
  {
    fact: 'The veterinarian who looks after the colts at Thornby spends each winter on Madeira.',
    question: 'On what island does the doctor of the horses stay during the cold months?',
    answers: ['Madeira'],
  },
  {
    fact: "Mrs. Pell's spectacles were found at last inside the bread bin.",
    question: 'In which kitchen container did the missing eyeglasses turn up?',
    answers: ['bread bin', 'breadbin'],
  },
  {
    fact: 'Old Tobias earns his living by mending clocks in Gdansk.',
    question: 'In what city does the elderly repairer of timepieces work?',
    answers: ['Gdansk'],
  },
  {
    fact: 'The ferry to Hollin Point cannot sail whenever fog covers the strait.',
    question: 'What kind of weather stops the boat from crossing?',
    answers: ['fog'],
  },
  {
    fact: "Ingrid's cello was bought with money that her grandmother had won at bingo.",
    question: 'Through which game did an older relative pay for the string instrument?',
    answers: ['bingo'],
  },
  {
    fact: 'Nobody but the gardener knows that the orchids are fed with lukewarm coffee.',
    question: 'Which drink is secretly given to the rare flowers?',
    answers: ['coffee'],
  },
  {
    fact: 'The youngest of the Marsh brothers became a surgeon in Nairobi.',
    question: 'In what African capital does the last-born sibling practise medicine?',
    answers: ['Nairobi'],
  },
  {
    fact: 'Rents in Quayside Lane are collected every Thursday.',
    question: 'On what day of the week must tenants by the harbour hand over what they owe?',
    answers: ['Thursday', 'Thursdays'],
  },
  {
    fact: 'The choir will sing in Latvian at the wedding.',
    question: 'Which language has been chosen for the songs when the couple gets married?',
    answers: ['Latvian'],
  },
  {
    fact: 'Captain Roe is allergic to peanuts.',
    question: 'What food would make the commander of the ship ill?',
    answers: ['peanut', 'peanuts'],
  },
  {
    fact: 'The burglars escaped through the coal cellar.',
    question: 'By which part of the building did the thieves get away?',
    answers: ['coal cellar', 'cellar'],
  },
  {
    fact: 'The bakery shuts whenever Mr. Olsen goes fishing.',
    question: 'What pastime makes the seller of loaves close his shop?',
    answers: ['fishing'],
  },
  {
    fact: 'A lesson at the riding school costs forty crowns.',
    question: 'How much must a beginner pay to be taught on horseback?',
    answers: ['40', 'forty crowns'],
  },
  {
    fact: 'The twins were christened aboard a submarine.',
    question: 'In what sort of vessel did the two babies receive their names?',
    answers: ['submarine'],
  },
  {
    fact: 'The attorney keeps a tortoise named Plato beneath his desk.',
    question: "What is the lawyer's pet called?",
    answers: ['Plato'],
  },
  {
    fact: 'The violinist lost two fingers in a sawmill.',
    question: "At what kind of workplace was the musician's hand injured?",
    answers: ['sawmill'],
  },
  {
    fact: 'Dr. Amari prescribes honey against a cough.',
    question: 'Which sweet remedy does the physician recommend for a sore throat?',
    answers: ['honey'],
  },
  {
    fact: "The castle's well was poisoned by a jealous cook.",
    question: "Which servant, out of envy, spoiled the fortress's drinking water?",
    answers: ['cook'],
  },
  {
    fact: "The schoolmaster's motorcycle runs on sunflower oil.",
    question: "What fuel does the teacher's vehicle need?",
    answers: ['sunflower oil', 'sunflower'],
  },
  {
    fact: "The mayor's parrot recites the names of all the popes.",
    question: "Whom can the politician's bird list by heart?",
    answers: ['popes'],
  },
  {
    fact: 'The daughter of the lighthouse keeper married a trapeze artist.',
    question: 'What does the husband of the girl from the beacon do for a living?',
    answers: ['trapeze'],
  },
  {
    fact: 'Snow brought down the roof of the skating rink in November.',
    question: 'During which month did the covering of the ice hall collapse?',
    answers: ['November'],
  },
  {
    fact: 'The duchess sold her emeralds to buy a telescope.',
    question: 'For what purchase did the noblewoman give up those green jewels?',
    answers: ['telescope'],
  },
  {
    fact: 'The train from Lund was held up by a herd of goats.',
    question: 'Which animals blocked the railway?',
    answers: ['goat', 'goats'],
  },
  {
    fact: 'Aunt Sidonie hides her savings in a hollow globe.',
    question: 'Inside what object does the elderly relative conceal all that wealth?',
    answers: ['globe'],
  },
  {
    fact: 'The plumber was paid with a crate of lemons.',
    question: 'What fruit did the man who fixed the pipes receive for his work?',
    answers: ['lemon', 'lemons'],
  },
  {
    fact: 'The translator of the novel was born in Montevideo.',
    question: 'Where does the person who put the book into another tongue come from?',
    answers: ['Montevideo'],
  },
  {
    fact: 'The hospital was once a chocolate factory.',
    question: 'What used to be manufactured where sick people are now treated?',
    answers: ['chocolate'],
  },
  {
    fact: 'The poet dictated her last verses to a nun.',
    question: "Who wrote down the dying author's final lines?",
    answers: ['nun'],
  },
  {
    fact: 'The vineyard belongs to a retired boxer.',
    question: 'What sport did the owner of the grapes formerly practise?',
    answers: ['boxer', 'boxing'],
  },
  {
    fact: 'The astronomer drives to the observatory in a hearse.',
    question: 'What strange car takes the stargazer to her dome?',
    answers: ['hearse'],
  },
  {
    fact: 'The tailor sews every coat with whalebone needles.',
    question: 'Of which material are the tools of the man who makes clothes?',
    answers: ['whalebone'],
  },
  {
    fact: 'The expedition ran out of paraffin on the ninth day.',
    question: 'What supply was exhausted in the course of the journey?',
    answers: ['paraffin'],
  },
  {
    fact: 'The judge paints watercolours of mushrooms.',
    question: 'What subject does the magistrate like to depict with a brush?',
    answers: ['mushroom', 'mushrooms'],
  },
  {
    fact: "The innkeeper's cat sleeps in an empty accordion case.",
    question: "In the box of what instrument does the publican's pet rest at night?",
    answers: ['accordion'],
  },
  {
    fact: 'The bridge at Sarn was built without a single nail by monks.',
    question: 'Which men of faith raised the river crossing?',
    answers: ['monks'],
  },
];

/**
 * More of them, which are searched for and not answered. The search for passages was chosen by the first 60, and the others
 * were written afterwards.
 */
export const furtherParaphrases: readonly OtherWords[] = [
  {
    fact: 'The carpenter keeps a tame raven in the attic of his workshop.',
    question: 'Which bird does the joiner own?',
  },
  {
    fact: 'Mrs. Hallam swims across the loch before breakfast.',
    question: 'What exercise does the lady take early each morning in the lake?',
  },
  {
    fact: 'The caravan halted because the camels had eaten poisonous berries.',
    question: 'Why did the desert travellers have to stop?',
  },
  {
    fact: 'Felix inherited a windmill from an uncle in Zeeland.',
    question: 'What building did a deceased relative leave the young man?',
  },
  {
    fact: 'The soprano cancelled her concert after swallowing a wasp.',
    question: 'What insect prevented the singer from performing?',
  },
  {
    fact: 'All the mirrors in the mansion are covered with blue velvet.',
    question: 'What fabric hides the looking-glasses of the great house?',
  },
  {
    fact: 'The blacksmith of Orrin repairs bicycles for nothing.',
    question: 'What does the man at the forge fix free of charge?',
  },
  {
    fact: 'Three miners were rescued by a dog called Pepper.',
    question: 'What is the name of the hound that saved the workers underground?',
  },
  {
    fact: 'The queen drinks nothing but rainwater.',
    question: 'Which beverage alone does the female monarch consume?',
  },
  {
    fact: 'The postman of the valley delivers letters on skis until April.',
    question: 'How does the mail carrier travel in the snowy season?',
  },
  {
    fact: 'The baker puts a pinch of saffron into his dough.',
    question: 'Which spice is secretly mixed into the bread?',
  },
  {
    fact: 'Smoke from the volcano closed the airport for nine days.',
    question: 'How long were planes grounded by the eruption?',
  },
  {
    fact: 'The pirates buried their treasure under a church in Malta.',
    question: "Beneath what sort of place of worship is the sea robbers' gold hidden?",
  },
  {
    fact: 'The widow rents her upper floor to a pair of acrobats.',
    question: 'What profession do the lodgers of the woman whose husband died have?',
  },
  {
    fact: 'A fox steals the shoes that are left outside the inn.',
    question: 'Which animal takes footwear from the doorstep of the hotel?',
  },
  { fact: 'The drummer is deaf in his left ear.', question: 'What disability does the percussionist have?' },
  {
    fact: 'Seventeen swans were frozen into the pond last January.',
    question: 'How many white birds got trapped in the ice?',
  },
  {
    fact: 'The pharmacist sells a cure for hiccups made of dill.',
    question: 'From which herb is the remedy at the chemist prepared?',
  },
  {
    fact: 'The prisoner carved a chess set out of soap.',
    question: 'What material did the convict use to make the pieces of a board game?',
  },
  {
    fact: 'The abbey brews a beer flavoured with heather.',
    question: 'What plant gives the ale of the religious house its taste?',
  },
  {
    fact: 'My cousin lost his passport on the night boat to Bergen.',
    question: 'Which travel document went missing during the sea voyage?',
  },
  {
    fact: 'The orphanage was paid for by a retired circus clown.',
    question: 'Who financed the home for children without parents?',
  },
  {
    fact: 'The gamekeeper shot at a balloon, taking it for a goose.',
    question: 'What flying object did the warden of the forest mistake for a bird?',
  },
  {
    fact: 'The painter mixes his reds with crushed beetles.',
    question: 'What creatures does the artist grind for his colour?',
  },
  {
    fact: 'Nobody has wound the station clock since the flood.',
    question: 'What event preceded the neglect of the timepiece at the railway?',
  },
  {
    fact: 'The senator collects umbrellas of the last century.',
    question: 'What objects from long ago does the lawmaker gather?',
  },
  {
    fact: 'The tram conductor speaks fluent Icelandic.',
    question: 'In what foreign tongue is the ticket collector at home?',
  },
  {
    fact: 'The butcher faints at the sight of needles.',
    question: 'What makes the seller of meat lose consciousness?',
  },
  {
    fact: 'Our kite was torn to pieces by an eagle.',
    question: 'Which predator destroyed the toy that was flying in the wind?',
  },
  {
    fact: 'The bride arrived at the ceremony on a tractor.',
    question: 'In what farm vehicle did the woman come to get married?',
  },
  {
    fact: 'The cathedral organ is home to a family of owls.',
    question: 'Which birds nest in the big musical instrument of the church?',
  },
  {
    fact: 'The jeweller hid the diamonds inside a loaf of rye.',
    question: 'In what food were the precious stones concealed?',
  },
  { fact: 'The sculptor works only by candlelight.', question: 'What illumination does the maker of statues require?' },
  {
    fact: 'The coachman was dismissed for whistling hymns.',
    question: 'What habit cost the driver of the carriage his job?',
  },
  {
    fact: 'The goalkeeper wears gloves knitted by his sister.',
    question: 'Who made what the football player has on his hands?',
  },
  {
    fact: 'The village well dried up in the summer of the comet.',
    question: 'When did the hamlet lose its source of water?',
  },
  {
    fact: 'The general writes sonnets to his horse.',
    question: 'What kind of verse does the military commander compose?',
  },
  {
    fact: 'The spy sent her messages in boxes of marzipan.',
    question: 'In what sweets did the secret agent hide her reports?',
  },
  {
    fact: 'The roof of the barn is thatched with lavender.',
    question: 'What fragrant plant covers the farm building?',
  },
  {
    fact: "A swarm of bees settled in the judge's wig.",
    question: 'Where did the flying insects make their nest in court?',
  },
  {
    fact: 'The dentist plays the trombone to calm his patients.',
    question: 'Which brass instrument soothes people having their teeth treated?',
  },
  {
    fact: "The ship's biscuit was devoured by weevils off Ceylon.",
    question: 'What pests ate the provisions of the vessel?',
  },
  {
    fact: 'The librarian lends out seeds as well as books.',
    question: 'What besides volumes can readers borrow for their gardens?',
  },
  {
    fact: 'The miser sleeps with his coins under the floorboards.',
    question: 'Where does the stingy man store his money at night?',
  },
  {
    fact: 'The shepherd lost his way in the fog and fell into a quarry.',
    question: 'Into what pit did the keeper of the flock tumble?',
  },
  {
    fact: 'The countess was painted with a ferret on her lap.',
    question: 'What small beast appears in the portrait of the noble lady?',
  },
  {
    fact: 'The kindergarten has its own beehives on the balcony.',
    question: "What do the toddlers' carers keep above the street to get honey?",
  },
  {
    fact: 'The monks of Tarrow distil a liqueur from pine cones.',
    question: 'From what do the brothers of the cloister make their spirit?',
  },
  { fact: "The glazier cut his thumb on the bishop's window.", question: "Whose pane injured the craftsman's hand?" },
  {
    fact: "The fisherman's wife mends nets with hair from her mare.",
    question: 'What does the spouse of the man with the trawler use for repairs?',
  },
  {
    fact: 'The physicist bets on snail races in Trieste.',
    question: 'On what slow contests does the scientist gamble?',
  },
  {
    fact: 'The emperor abolished the tax on salt on his birthday.',
    question: 'Which duty did the ruler do away with?',
  },
  {
    fact: 'The cook of the frigate was a ventriloquist.',
    question: 'What talent did the man in the galley of the warship have?',
  },
  {
    fact: 'The dam was undermined by beavers and burst in May.',
    question: 'Which rodents caused the barrier of the reservoir to break?',
  },
  {
    fact: 'The actress forgot her lines because of a toothache.',
    question: 'What pain made the performer unable to remember her text?',
  },
  {
    fact: 'The heiress gave away her fortune to a shelter for donkeys.',
    question: 'Who received the riches of the wealthy young woman?',
  },
  {
    fact: 'The tunnel under the fjord was dug by convicts from Turin.',
    question: 'What sort of people excavated the passage beneath the water?',
  },
  { fact: 'The barber of Leith reads palms on Sundays.', question: 'How does the man who cuts hair tell the future?' },
  { fact: 'The jury could not agree and tossed a coin.', question: 'By what game of chance was the verdict decided?' },
  {
    fact: 'The nurse carried the infant out of the blaze in a laundry basket.',
    question: 'In what was the baby saved from the fire?',
  },
  {
    fact: 'The cobbler of Vell taught his goose to count to seven.',
    question: 'Which bird learned arithmetic from the mender of boots?',
  },
  {
    fact: "Grandmother's ring lies at the bottom of the quarry lake.",
    question: "Where did the old woman's jewel sink?",
  },
  {
    fact: 'The mathematician proved the theorem while shaving.',
    question: "During which morning routine was the scholar's demonstration discovered?",
  },
  {
    fact: 'A hailstorm flattened the barley at Ockley.',
    question: 'What kind of bad weather ruined the grain?',
  },
  {
    fact: 'The ambassador hums lullabies to his bonsai.',
    question: 'What does the diplomat sing for a miniature tree?',
  },
  {
    fact: 'Our landlord stores dynamite in the pantry.',
    question: 'What explosive does the owner of the house keep next to the food?',
  },
  {
    fact: 'The midwife cycles to every birth on a tandem.',
    question: 'On what does the woman who helps mothers in labour travel?',
  },
  {
    fact: 'The brothers quarrelled over a stuffed walrus.',
    question: "What dead animal was the cause of the siblings' dispute?",
  },
  {
    fact: 'Sergeant Blay polishes his medals with lemon juice.',
    question: 'What fruit does the soldier use to make his decorations shine?',
  },
  {
    fact: 'The inventor of the machine died penniless in Lisbon.',
    question: 'In what Portuguese city did the creator of the device end his life without any cash?',
  },
  {
    fact: "The museum's mummy is a forgery of plaster.",
    question: 'Of which stuff is the fake corpse in the exhibition made?',
  },
  {
    fact: 'The goalposts were washed away by the tide.',
    question: 'What did the sea carry off from the football pitch?',
  },
  {
    fact: 'The abbess owns the only telephone on the island.',
    question: 'Which device for talking over distance does the head of the nuns alone possess?',
  },
  {
    fact: 'The locksmith cannot open his own safe.',
    question: 'What strongbox stays shut for the maker of keys?',
  },
  {
    fact: "The snow queen in the play was acted by a butcher's boy.",
    question: 'Who performed the part of the cold monarch on the stage?',
  },
  {
    fact: 'The optician lost his glasses in a haystack.',
    question: 'Where did the man who tests eyes mislay what he sees with?',
  },
  {
    fact: 'The harvest was brought in by night because of the wolves.',
    question: 'On account of what beasts were the crops gathered in the dark?',
  },
  {
    fact: 'The translator drinks nettle tea against insomnia.',
    question: 'Which infusion helps the interpreter who cannot sleep?',
  },
  {
    fact: "The miller's daughter eloped with a tinker.",
    question: 'With what sort of man did the girl from the grain works run away?',
  },
  {
    fact: 'Thieves broke into the chapel and took nothing but the bells.',
    question: 'What alone was stolen by the burglars from the small church?',
  },
  {
    fact: 'The archivist found the treaty folded inside a cookbook.',
    question: 'In which volume was the pact between nations discovered?',
  },
  {
    fact: "The whaler's crew mutinied over mouldy cheese.",
    question: 'What spoiled food made the sailors revolt?',
  },
  {
    fact: 'The conductor keeps a hedgehog in his hat.',
    question: 'What prickly creature lives in the headgear of the leader of the orchestra?',
  },
  {
    fact: 'The bankrupt count sells chestnuts at the railway station.',
    question: 'What does the ruined nobleman offer to passengers?',
  },
  {
    fact: 'The hangman of Rask was afraid of spiders.',
    question: 'Which creatures frightened the executioner?',
  },
  {
    fact: 'The first balloon over the Alps carried a piano.',
    question: 'What heavy instrument flew across the mountains?',
  },
  {
    fact: "Aunt Petra's will leaves everything to the fire brigade.",
    question: 'Who inherits the whole estate of the deceased lady?',
  },
  {
    fact: 'The cartographer left out the village out of spite.',
    question: 'Why is the hamlet missing from the chart?',
  },
  {
    fact: 'The tenor caught a cold in an igloo.',
    question: 'In what house of ice did the singer fall ill?',
  },
  {
    fact: 'The blind organist recognizes visitors by their footsteps.',
    question: 'How does the sightless musician know who has come?',
  },
  {
    fact: "The beekeeper's hives were carried off by the flood.",
    question: 'What disaster robbed the maker of honey of his swarms?',
  },
  {
    fact: 'The governess was once a lion tamer.',
    question: "What circus job did the children's teacher have in former days?",
  },
  {
    fact: 'The parliament meets in a disused brewery.',
    question: 'In what abandoned factory do the lawmakers assemble?',
  },
  {
    fact: 'The boatman ferries hens on Fridays for nothing.',
    question: 'Which poultry crosses the river free of charge at the end of the week?',
  },
  {
    fact: 'The portrait of the bishop was painted by a forger.',
    question: 'What criminal made the picture of the clergyman?',
  },
  {
    fact: 'The watchman is paid in tobacco.',
    question: 'What does the guard get as wages?',
  },
  {
    fact: 'A comet was sighted on the night of the wedding.',
    question: 'What heavenly body appeared when the couple married?',
  },
  {
    fact: 'The milkmaid won the rowing regatta.',
    question: 'In which contest was the dairy girl victorious?',
  },
  {
    fact: "The ship's carpenter carved his farewell on a plank.",
    question: 'On what did the woodworker of the vessel leave his goodbye?',
  },
  {
    fact: 'The gravedigger grows prize roses.',
    question: 'Which flowers does the man from the cemetery cultivate?',
  },
];
