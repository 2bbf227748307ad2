/** What is hidden in recordings and videos, and asked for. */
export interface HiddenFact {
  sentence: string;
  question: string;
  /** A right answer holds one of these. */
  answers: string[];
}

/** Of different kinds, in words that a small speech model knows. */
export const saidFacts: readonly HiddenFact[] = [
  {
    sentence: 'The new bridge will be painted green in the spring.',
    question: 'What colour will the new bridge be painted?',
    answers: ['green'],
  },
  {
    sentence: 'Captain Miller keeps the spare key under the flower pot.',
    question: 'Where does Captain Miller keep the spare key?',
    answers: ['flower'],
  },
  {
    sentence: 'The annual dinner takes place at the old railway station.',
    question: 'Where does the annual dinner take place?',
    answers: ['railway', 'station'],
  },
  {
    sentence: 'Doctor Brown ordered seven boxes of candles for the library.',
    question: 'How many boxes of candles did Doctor Brown order?',
    answers: ['seven', '7'],
  },
  {
    sentence: 'The winner of the chess tournament was a baker from Boston.',
    question: 'Who was the winner of the chess tournament?',
    answers: ['baker', 'Boston'],
  },
  {
    sentence: 'The museum is closed on Tuesday because the roof is being repaired.',
    question: 'On which day is the museum closed?',
    answers: ['Tuesday'],
  },
  {
    sentence: 'The secret ingredient of the soup is a spoon of honey.',
    question: 'What is the secret ingredient of the soup?',
    answers: ['honey'],
  },
  {
    sentence: 'The night train to Paris leaves from platform nine.',
    question: 'From which platform does the night train to Paris leave?',
    answers: ['nine', '9'],
  },
  {
    sentence: 'The lost umbrella belongs to the violin teacher.',
    question: 'Who does the lost umbrella belong to?',
    answers: ['violin', 'teacher'],
  },
  {
    sentence: 'Farmer Wilson sold twelve sheep at the market in August.',
    question: 'How many sheep did Farmer Wilson sell at the market?',
    answers: ['twelve', '12'],
  },
  {
    sentence: 'The swimming pool will be heated with wood from the forest.',
    question: 'What will the swimming pool be heated with?',
    answers: ['wood'],
  },
  {
    sentence: 'The oldest letter in the archive was written by a sailor.',
    question: 'Who wrote the oldest letter in the archive?',
    answers: ['sailor'],
  },
  {
    sentence: 'Her passport was found behind the kitchen clock.',
    question: 'Where was her passport found?',
    answers: ['clock', 'kitchen'],
  },
  {
    sentence: 'The orchestra rehearses every Thursday in the school gymnasium.',
    question: 'Where does the orchestra rehearse?',
    answers: ['gym'],
  },
  {
    sentence: 'The telephone number of the dentist ends with forty two.',
    question: 'What does the telephone number of the dentist end with?',
    answers: ['forty', '42'],
  },
  {
    sentence: 'The yellow boat was built by two brothers from Norway.',
    question: 'Where do the brothers come from who built the yellow boat?',
    answers: ['Norway'],
  },
  {
    sentence: 'The bakery on the corner gives old bread to the zoo.',
    question: 'Who gets the old bread of the bakery on the corner?',
    answers: ['zoo'],
  },
  {
    sentence: 'Professor Green lost his glasses in the elevator.',
    question: 'Where did Professor Green lose his glasses?',
    answers: ['elevator'],
  },
  {
    sentence: 'The fire alarm is tested on the first Monday of the month.',
    question: 'When is the fire alarm tested?',
    answers: ['Monday'],
  },
  {
    sentence: 'The youngest player of the football team is a girl from Brazil.',
    question: 'From which country is the youngest player of the football team?',
    answers: ['Brazil'],
  },
  {
    sentence: 'The hotel near the lighthouse serves breakfast until eleven.',
    question: 'Until when does the hotel near the lighthouse serve breakfast?',
    answers: ['eleven', '11'],
  },
  {
    sentence: 'The mayor promised to plant fifty apple trees beside the river.',
    question: 'What did the mayor promise to plant beside the river?',
    answers: ['apple'],
  },
  {
    sentence: 'The broken window was repaired with glass from an old greenhouse.',
    question: 'What was the broken window repaired with?',
    answers: ['glass', 'greenhouse'],
  },
  {
    sentence: 'My grandmother won the singing contest with a song about the moon.',
    question: 'With which song did my grandmother win the singing contest?',
    answers: ['moon'],
  },
];

export const shownFacts: readonly HiddenFact[] = [
  {
    sentence: 'The repair of the roof costs 48,300 euros.',
    question: 'What does the repair of the roof cost?',
    answers: ['48,300', '48300'],
  },
  {
    sentence: 'The summer school in Lisbon begins on 14 July.',
    question: 'On which day does the summer school in Lisbon begin?',
    answers: ['14'],
  },
  {
    sentence: 'Contact for the archive: Helena Marsh, room 217.',
    question: 'In which room is the contact for the archive?',
    answers: ['217'],
  },
  {
    sentence: 'Our largest supplier of glass is in Murano.',
    question: 'Where is our largest supplier of glass?',
    answers: ['Murano'],
  },
  {
    sentence: 'Solar panels gave 73 percent of the power in 2024.',
    question: 'How much of the power did solar panels give in 2024?',
    answers: ['73'],
  },
  {
    sentence: 'The password for the workshop network is copper kettle.',
    question: 'What is the password for the workshop network?',
    answers: ['copper'],
  },
  {
    sentence: 'Tests of the turbine were stopped because of a cracked blade.',
    question: 'Why were tests of the turbine stopped?',
    answers: ['crack'],
  },
  {
    sentence: 'The next board meeting takes place in the planetarium.',
    question: 'Where does the next board meeting take place?',
    answers: ['planetarium'],
  },
];
