/** Facts and questions in other words, written by hand; a test holds that they share no content word. */
export interface Paraphrase {
  fact: string;
  question: string;
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
