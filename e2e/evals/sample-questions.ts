/** Questions about the sample document, each with the words of which a right answer holds at least one. */
export interface SampleQuestion {
  question: string;
  holds: string[];
}

export const sampleQuestions: SampleQuestion[] = [
  { question: 'Who built the first lighthouse on the Eddystone?', holds: ['Winstanley'] },
  { question: 'When was the first Eddystone lighthouse lit?', holds: ['1698'] },
  { question: 'How many candles did Smeaton’s tower have when it was lit?', holds: ['24'] },
  { question: 'How old was the keeper Henry Hall?', holds: ['94'] },
  { question: 'How tall is the Tower of Hercules?', holds: ['55'] },
  { question: 'On which island did the lighthouse of Alexandria stand?', holds: ['Pharos'] },
  { question: 'Who found blocks of the lighthouse on the sea floor in 1994?', holds: ['Empereur'] },
  { question: 'Who was the architect of the tower of Cordouan?', holds: ['Foix'] },
  { question: 'When was the light of the Bell Rock shown for the first time?', holds: ['1811'] },
  { question: 'Who was the chief engineer of the Bell Rock lighthouse?', holds: ['Rennie'] },
  { question: 'Where was Fresnel’s first great lens lit?', holds: ['Cordouan'] },
  { question: 'At what age did Fresnel die?', holds: ['39'] },
  { question: 'What is the focal distance of a lens of the first order?', holds: ['920'] },
  { question: 'In what did keepers float the lens?', holds: ['mercury'] },
  { question: 'What was the name of the relief ship that came to the Flannan Isles?', holds: ['Hesperus'] },
  { question: 'How old was Grace Darling when she rowed to the Forfarshire?', holds: ['22'] },
  { question: 'Which prize did Gustaf Dalén receive in 1912?', holds: ['Nobel'] },
  { question: 'How many lives is Ida Lewis credited with saving?', holds: ['18'] },
  { question: 'How far was the tower of Cape Hatteras moved inland?', holds: ['880'] },
  { question: 'What was the last lighthouse of Scotland to lose its keepers?', holds: ['Fair Isle'] },
];
