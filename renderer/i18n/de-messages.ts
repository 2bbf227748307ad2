import type { Messages } from './messages.ts';

/** In German, what main says in English; see messages.ts. */
export const deMessages: Messages = [
  // The connection and the window
  ['The connection was lost before the answer came.', 'Die Verbindung brach ab, bevor die Antwort kam.'],
  ['The connection is closed.', 'Die Verbindung ist geschlossen.'],
  [
    'Too many requests are running at once; wait for some to finish.',
    'Zu viele Anfragen laufen zugleich; warten Sie, bis einige fertig sind.',
  ],
  ['The connection could not be opened.', 'Die Verbindung ließ sich nicht öffnen.'],
  [
    '"{0}" could not be sent: the connection was lost.',
    '„{0}“ ließ sich nicht senden: Die Verbindung ist abgebrochen.',
  ],
  ['The file was refused (status {0}).', 'Die Datei wurde abgelehnt (Status {0}).'],
  ['The file could not be read (status {0}).', 'Die Datei ließ sich nicht lesen (Status {0}).'],
  [
    'This window may not name files of this machine: choose or drop the file instead.',
    'Dieses Fenster darf keine Dateien dieses Rechners nennen: Wählen Sie die Datei aus, oder legen Sie sie ab.',
  ],
  ['This window may not name files of this machine.', 'Dieses Fenster darf keine Dateien dieses Rechners nennen.'],
  ['This window may not name folders of this machine.', 'Dieses Fenster darf keine Ordner dieses Rechners nennen.'],
  ['There is no document with the id {0} in the library.', 'In der Bibliothek gibt es dieses Dokument nicht mehr.'],
  ['There is no conversation with the id {0}.', 'Dieses Gespräch gibt es nicht mehr.'],
  ['There is no message with the id {0}.', 'Diese Nachricht gibt es nicht mehr.'],
  ['There is no section {0} of {1}.', 'Diesen Abschnitt gibt es nicht mehr.'],
  [
    'There is no such place in the section: it was changed meanwhile.',
    'Diese Stelle gibt es in dem Abschnitt nicht: Er wurde inzwischen geändert.',
  ],
  ['This scene is no longer there.', 'Dieses Bild gibt es nicht mehr.'],
  [
    'This upload is no longer there: send the file again.',
    'Dieses Hochladen gibt es nicht mehr: Senden Sie die Datei noch einmal.',
  ],

  // Answers
  [
    'An answer is still being written in this conversation. Stop it first.',
    'In diesem Gespräch wird noch eine Antwort geschrieben. Halten Sie sie zuerst an.',
  ],
  [
    'There is no question in this conversation to answer anew.',
    'In diesem Gespräch gibt es keine Frage, die neu beantwortet werden kann.',
  ],
  [
    'There is no pass over the documents to go on with. Ask anew.',
    'Es gibt keinen Durchgang durch die Dokumente, der weitergehen kann. Fragen Sie neu.',
  ],
  [
    'A part of “{0}” could not be attended to: what was kept of it is damaged or missing. It is read again; go on reading then.',
    'Ein Teil von „{0}“ ließ sich nicht beachten: Was davon aufbewahrt war, ist beschädigt oder fehlt. Er wird neu gelesen; lesen Sie dann weiter.',
  ],
  [
    'The question leaves no room for the documents in the model’s window. Shorten it.',
    'Die Frage lässt im Fenster des Modells keinen Platz für die Dokumente. Kürzen Sie sie.',
  ],
  [
    'The prompt has {0} tokens and the model reads at most {1}. Shorten it.',
    'Die Eingabe hat {0} Tokens, und das Modell liest höchstens {1}. Kürzen Sie sie.',
  ],
  [
    'The engine stopped in the middle of this answer. It is being started again; try once more.',
    'Das Modell hielt mitten in dieser Antwort an. Es wird neu gestartet; versuchen Sie es noch einmal.',
  ],
  [
    'The engine was started anew in the middle of this answer. Try once more.',
    'Das Modell wurde mitten in dieser Antwort neu gestartet. Versuchen Sie es noch einmal.',
  ],
  [
    'The engine stopped {0} times in a row ({1}). Restart it, or choose another model or device in the settings.',
    'Das Modell hielt {0}-mal hintereinander an ({1}). Starten Sie es neu, oder wählen Sie in den Einstellungen ein anderes Modell oder Gerät.',
  ],
  [
    'The engine stopped unexpectedly: {0}. It is being started again.',
    'Das Modell hielt unerwartet an: {0}. Es wird neu gestartet.',
  ],
  ['it was ended by {0}', 'es wurde von {0} beendet'],
  ['it ended with status {0}', 'es endete mit dem Status {0}'],
  ['the connection was lost', 'die Verbindung brach ab'],

  [
    'A document was removed or changed while it was being read for this. Ask again.',
    'Ein Dokument wurde entfernt oder geändert, während es dafür gelesen wurde. Fragen Sie noch einmal.',
  ],

  // Models and devices
  ['The CPU was chosen in the settings.', 'Die CPU wurde in den Einstellungen gewählt.'],
  ['WebGPU was chosen in the settings.', 'WebGPU wurde in den Einstellungen gewählt.'],
  [
    'No graphics card was found, so the CPU is used.',
    'Es wurde keine Grafikkarte gefunden, deshalb wird die CPU benutzt.',
  ],
  ['A graphics card was found.', 'Eine Grafikkarte wurde gefunden.'],
  [
    'The graphics card cannot be used, so the CPU is: {0}',
    'Die Grafikkarte lässt sich nicht benutzen, deshalb wird die CPU benutzt: {0}',
  ],
  [
    'WebGPU finds no graphics card that it can use. Choose the CPU.',
    'WebGPU findet keine Grafikkarte, die es benutzen kann. Wählen Sie die CPU.',
  ],
  ['The model cannot run on {0}: {1}', 'Das Modell läuft auf {0} nicht: {1}'],
  ['the CPU', 'der CPU'],
  [
    'The machine has not enough free memory for this model. Use a smaller one.',
    'Der Rechner hat für dieses Modell nicht genug freien Speicher. Nehmen Sie ein kleineres.',
  ],
  [
    'This model was not added. Add its file first.',
    'Dieses Modell wurde nicht hinzugefügt. Fügen Sie zuerst seine Datei hinzu.',
  ],
  ['This model is not among those you added.', 'Dieses Modell ist keines, das Sie hinzugefügt haben.'],
  [
    'This model is in use. Choose another one before you remove it.',
    'Dieses Modell wird benutzt. Wählen Sie ein anderes, bevor Sie es entfernen.',
  ],
  [
    'What was made for the model could not be deleted from {0}: {1}. It is deleted when space is needed.',
    'Was für das Modell gemacht wurde, ließ sich in {0} nicht löschen: {1}. Es wird gelöscht, wenn Platz gebraucht wird.',
  ],
  [
    "The model's weights are damaged: what it computes is no number. Get the model file again, or choose another model.",
    'Die Gewichte des Modells sind beschädigt: Was es rechnet, ist keine Zahl. Beschaffen Sie die Modelldatei neu, oder wählen Sie ein anderes Modell.',
  ],
  [
    'The weights of {0} are missing from {1}. Install Longhand again, or choose a GGUF file with --model PATH.',
    'Die Gewichte von {0} fehlen in {1}. Installieren Sie Longhand neu, oder wählen Sie mit --model PFAD eine GGUF-Datei.',
  ],
  [
    'There is no model "{0}". Name one of {1}, or the path of a GGUF file.',
    'Es gibt kein Modell „{0}“. Nennen Sie eines von {1}, oder den Pfad einer GGUF-Datei.',
  ],
  ['There is no model file {0}.', 'Die Modelldatei {0} gibt es nicht.'],
  ['The model file {0} cannot be opened: {1}', 'Die Modelldatei {0} lässt sich nicht öffnen: {1}'],
  [
    'The model file {0} cannot be used: {1}. Get the file again.',
    'Die Modelldatei {0} lässt sich nicht benutzen: {1}. Beschaffen Sie die Datei neu.',
  ],
  ['it is not a GGUF file', 'sie ist keine GGUF-Datei'],
  ['it is not a regular file', 'sie ist keine gewöhnliche Datei'],
  ['it became shorter while it was read', 'sie wurde kürzer, während sie gelesen wurde'],
  [
    '{0} lies beyond the end of the file, so the file was cut short',
    '{0} liegt hinter ihrem Ende, sie ist also abgeschnitten',
  ],
  ['it ends inside {0}', 'sie endet innerhalb von {0}'],
  ['it does not say "{0}"', 'sie nennt „{0}“ nicht'],
  ['it is too short to be a safetensors file', 'sie ist zu kurz für eine safetensors-Datei'],
  [
    'The model file {0} is {1}; only versions 2 and 3, little-endian, can be read.',
    'Die Modelldatei {0} ist {1}; nur die Versionen 2 und 3 (little-endian) können gelesen werden.',
  ],
  ['an old or big-endian GGUF file', 'eine alte oder big-endian GGUF-Datei'],
  ['The model file {0} has no tensor "{1}".', 'Der Modelldatei {0} fehlt der Tensor „{1}“.'],
  [
    'The model file {0} has weights of type {1}; {2} can be read.',
    'Die Modelldatei {0} hat Gewichte der Art {1}; gelesen werden {2}.',
  ],
  [
    'The model lacks the weights "{0}". Get the file again.',
    'Dem Modell fehlen die Gewichte „{0}“. Beschaffen Sie die Datei neu.',
  ],
  [
    'Models of the architecture "{0}" cannot be run. Use one of: {1}.',
    'Modelle der Architektur „{0}“ können nicht laufen. Nehmen Sie eines von: {1}.',
  ],
  [
    'The model is a mixture of {0} experts, which cannot be run. Use a model that has none.',
    'Das Modell ist eine Mischung aus {0} Experten, die nicht laufen kann. Nehmen Sie ein Modell ohne.',
  ],
  [
    'The model scales its positions by "{0}", which is not supported.',
    'Das Modell streckt seine Positionen mit „{0}“, was nicht unterstützt wird.',
  ],
  [
    'Weights of type {0} cannot be read. Use a model in one of {1}.',
    'Gewichte der Art {0} können nicht gelesen werden. Nehmen Sie ein Modell in einer von {1}.',
  ],
  [
    'The model\'s tokenizer uses the pre-tokenizer "{0}", which is not known.',
    'Der Tokenizer des Modells benutzt den Pre-Tokenizer „{0}“, der nicht bekannt ist.',
  ],
  [
    'The model\'s tokenizer is of the kind "{0}", which is not known.',
    'Der Tokenizer des Modells ist von der Art „{0}“, die nicht bekannt ist.',
  ],
  [
    "The model's chat template cannot be used: {0}.",
    'Die Gesprächsvorlage des Modells lässt sich nicht benutzen: {0}.',
  ],
  [
    'The prepared weights cannot be written to {0}: {1}',
    'Die vorbereiteten Gewichte lassen sich nicht nach {0} schreiben: {1}',
  ],
  [
    'The weights {0} cannot be read. Install Longhand again.',
    'Die Gewichte {0} lassen sich nicht lesen. Installieren Sie Longhand neu.',
  ],
  [
    'The weights {0} are damaged. Install Longhand again.',
    'Die Gewichte {0} sind beschädigt. Installieren Sie Longhand neu.',
  ],
  [
    'The file {0} cannot be read. Install Longhand again.',
    'Die Datei {0} lässt sich nicht lesen. Installieren Sie Longhand neu.',
  ],
  ['The file {0} is damaged. Install Longhand again.', 'Die Datei {0} ist beschädigt. Installieren Sie Longhand neu.'],

  [
    'The model\'s "{0}" has a size of {1} where {2} is expected. Get the file again.',
    '„{0}“ des Modells hat die Größe {1}, erwartet wird {2}. Beschaffen Sie die Datei neu.',
  ],
  ['The model\'s "{0}" has {1} values for {2} rows.', '„{0}“ des Modells hat {1} Werte für {2} Zeilen.'],
  [
    'The model file gives {0} as {1}; expected 1 to {2}.',
    'Die Modelldatei nennt {0} als {1}; erwartet wird 1 bis {2}.',
  ],
  [
    'The model file gives {0} as {1}; expected a number above 0.',
    'Die Modelldatei nennt {0} als {1}; erwartet wird eine Zahl über 0.',
  ],
  ['The model file has {0} heads of {1} over {2} keys.', 'Die Modelldatei hat {0} Köpfe zu {1} für {2} Schlüssel.'],
  [
    "The model's sizes do not belong together (rotation {0} of {1}).",
    'Die Größen des Modells passen nicht zusammen (Drehung {0} von {1}).',
  ],
  [
    'The messages use every private-use character, so they cannot be encoded.',
    'Die Nachrichten benutzen alle Zeichen für eigenen Gebrauch, deshalb lassen sie sich nicht kodieren.',
  ],

  // Reading by the model, and searching
  ['Nothing was read of {0} yet.', 'Von {0} wurde noch nichts gelesen.'],
  ['Block {0} in {1} came out differently when read again.', 'Block {0} in {1} kam beim neuen Lesen anders heraus.'],
  ['Longhand is being closed.', 'Longhand wird beendet.'],
  ['The document could not be read by the model.', 'Das Modell konnte das Dokument nicht lesen.'],
  ['The document is not being read: it was paused.', 'Das Dokument wird nicht gelesen: Das Lesen ist angehalten.'],
  [
    'The document is not being read: what was kept of it was freed.',
    'Das Dokument wird nicht gelesen: Was davon aufbewahrt war, wurde freigegeben.',
  ],
  [
    'The space for what was read is used up. Give it more in the settings, or unpin or remove a document.',
    'Der Platz für Gelesenes ist verbraucht. Geben Sie ihm in den Einstellungen mehr, oder lösen oder entfernen Sie ein Dokument.',
  ],
  [
    'A part of what was kept is damaged and is read again.',
    'Ein Teil des Aufbewahrten ist beschädigt und wird neu gelesen.',
  ],
  ['A part of what was kept is missing and is read again.', 'Ein Teil des Aufbewahrten fehlt und wird neu gelesen.'],
  [
    'Block {0} in {1} is damaged. That part will be read again.',
    'Block {0} in {1} ist beschädigt. Dieser Teil wird neu gelesen.',
  ],
  [
    'What was read last is damaged. The text is read again.',
    'Das zuletzt Gelesene ist beschädigt. Der Text wird neu gelesen.',
  ],
  ['The text is shorter than what was read of it.', 'Der Text ist kürzer als das, was davon gelesen war.'],
  [
    'The disk is full. Free some space, or lower the space for what was read in the settings',
    'Der Datenträger ist voll. Schaffen Sie Platz, oder geben Sie Gelesenem in den Einstellungen weniger',
  ],
  ['What was read cannot be kept in {0}: {1}', 'Gelesenes lässt sich in {0} nicht aufbewahren: {1}'],
  [
    'The disk takes no more: it may be full. Free some space.',
    'Der Datenträger nimmt nichts mehr auf: Er ist vielleicht voll. Schaffen Sie Platz.',
  ],
  [
    'Searching by meaning is off, words are searched for. {0}',
    'Die Suche nach dem Sinn ist aus, es wird nach Wörtern gesucht. {0}',
  ],
  [
    'The process for it stopped {0} times in a row ({1}). Start Longhand again to try anew.',
    'Der Prozess dafür hielt {0}-mal hintereinander an ({1}). Starten Sie Longhand neu, um es wieder zu versuchen.',
  ],

  // The library's database and folder
  [
    'The data folder {0} is in use by another running Longhand{1}. Close it, or choose another data folder.',
    'Der Datenordner {0} wird von einem anderen laufenden Longhand benutzt{1}. Beenden Sie es, oder wählen Sie einen anderen Datenordner.',
  ],
  [
    'The data folder {0} cannot be written{1}. Check that it is a folder and that you may write in it, or choose another one.',
    'Der Datenordner {0} lässt sich nicht schreiben{1}. Prüfen Sie, ob es ein Ordner ist und ob Sie darin schreiben dürfen, oder wählen Sie einen anderen.',
  ],
  [
    'The library database {0} was written by a newer version of Longhand (its data version is {1}, this one reads up to {2}). Install the newer version, or choose another data folder.',
    'Die Datenbank der Bibliothek {0} wurde von einer neueren Version von Longhand geschrieben (ihre Datenversion ist {1}, diese liest bis {2}). Installieren Sie die neuere Version, oder wählen Sie einen anderen Datenordner.',
  ],
  ['The library database {0} {1}.', 'Die Datenbank der Bibliothek {0} {1}.'],
  ['The library database {0} cannot be read: {1}.', 'Die Datenbank der Bibliothek {0} lässt sich nicht lesen: {1}.'],
  [
    'is in use by another program. Close that program and try again',
    'wird von einem anderen Programm benutzt. Schließen Sie es, und versuchen Sie es noch einmal',
  ],
  [
    'cannot be written. Check the permissions of the data folder',
    'lässt sich nicht schreiben. Prüfen Sie die Rechte des Datenordners',
  ],
  ['cannot be read or written. Check the disk', 'lässt sich nicht lesen oder schreiben. Prüfen Sie den Datenträger'],
  [
    'cannot grow, because the disk is full. Free some space and try again',
    'kann nicht wachsen, weil der Datenträger voll ist. Schaffen Sie Platz, und versuchen Sie es noch einmal',
  ],
  [
    'cannot be opened. Check the permissions of the data folder',
    'lässt sich nicht öffnen. Prüfen Sie die Rechte des Datenordners',
  ],
  [
    'is damaged. Nothing was changed: put a backup of this file in its place, or move the file away to start with an empty library',
    'ist beschädigt. Nichts wurde geändert: Legen Sie eine Sicherung dieser Datei an ihre Stelle, oder räumen Sie sie fort, um mit einer leeren Bibliothek zu beginnen',
  ],
  [
    '“{0}” is larger than {1}, the most that can be added.',
    '„{0}“ ist größer als {1}, mehr kann nicht hinzugefügt werden.',
  ],
  ['“{0}” could not be copied into the library: {1}.', '„{0}“ ließ sich nicht in die Bibliothek kopieren: {1}.'],

  // Adding files and folders
  [
    '“{0}” was not added from a file of this machine: add it again.',
    '„{0}“ kam nicht von einer Datei dieses Rechners: Fügen Sie es neu hinzu.',
  ],
  [
    '“{0}” has the same content as “{1}” now, which is in the library: remove one of the two.',
    '„{0}“ hat jetzt denselben Inhalt wie „{1}“ in der Bibliothek: Entfernen Sie eines von beiden.',
  ],
  [
    '“{0}” was not opened: archives nest deeper than {1} levels.',
    '„{0}“ wurde nicht geöffnet: Archive liegen tiefer als {1} Ebenen ineinander.',
  ],
  ['“{0}” cannot be read: {1}.', '„{0}“ lässt sich nicht lesen: {1}.'],
  ['it does not exist', 'es gibt sie nicht'],
  ['its name has bytes that are no text; rename it', 'ihr Name enthält Bytes, die kein Text sind; benennen Sie sie um'],
  ['you may not read it', 'Sie dürfen sie nicht lesen'],
  ['it is a folder', 'es ist ein Ordner'],
  ['“{0}” is neither a file nor a folder.', '„{0}“ ist weder eine Datei noch ein Ordner.'],
  ['“{0}” holds no files.', '„{0}“ enthält keine Dateien.'],
  ['Only the first {0} files of “{1}” were added.', 'Nur die ersten {0} Dateien aus „{1}“ wurden hinzugefügt.'],
  ['1 file in “{0}” cannot be read ({1}).', 'Eine Datei in „{0}“ lässt sich nicht lesen ({1}).'],
  ['{0} files in “{1}” cannot be read ({2}).', '{0} Dateien in „{1}“ lassen sich nicht lesen ({2}).'],
  ['“{0}” is no folder of this machine.', '„{0}“ ist kein Ordner dieses Rechners.'],
  ['it has more than {0} subfolders', 'er hat mehr als {0} Unterordner'],
  [
    'Changes in “{0}” are noticed only when you come back to the window: {1}.',
    'Änderungen in „{0}“ werden erst bemerkt, wenn Sie zum Fenster zurückkehren: {1}.',
  ],
  ['A new file in “{0}” could not be added: {1}', 'Eine neue Datei in „{0}“ ließ sich nicht hinzufügen: {1}'],
  [
    '{0} new files in “{1}” could not be added. The first: {2}',
    '{0} neue Dateien in „{1}“ ließen sich nicht hinzufügen. Die erste: {2}',
  ],
  [
    '“{0}” cannot be watched, because Longhand keeps its own data there: choose another folder.',
    '„{0}“ kann nicht beobachtet werden, weil Longhand dort seine eigenen Daten hat: Wählen Sie einen anderen Ordner.',
  ],
  ['“{0}” is watched already, with “{1}”.', '„{0}“ wird schon beobachtet, mit „{1}“.'],
  [
    'No more than {0} folders can be watched: stop another first.',
    'Mehr als {0} Ordner können nicht beobachtet werden: Beenden Sie erst einen anderen.',
  ],

  // Archives
  ['“{0}” cannot be unpacked: {1}.', '„{0}“ lässt sich nicht entpacken: {1}.'],
  ['“{0}” in “{1}” cannot be unpacked: {2}.', '„{0}“ in „{1}“ lässt sich nicht entpacken: {2}.'],
  [
    '“{0}” was not unpacked: it holds more than {1}, far more than its size would make one expect.',
    '„{0}“ wurde nicht entpackt: Es enthält mehr als {1}, weit mehr, als seine Größe erwarten lässt.',
  ],
  [
    '“{0}” in “{1}” was left out: its name leads out of the archive.',
    '„{0}“ in „{1}“ wurde ausgelassen: Der Name führt aus dem Archiv hinaus.',
  ],
  [
    '“{0}” brought down the process that unpacks files: it may be damaged, or need more memory than there is.',
    '„{0}“ brachte den Prozess zum Absturz, der Dateien entpackt: Die Datei ist vielleicht beschädigt, oder braucht mehr Speicher, als da ist.',
  ],
  [
    'archives of this kind are read up to {0}: unpack it, and add the folder',
    'Archive dieser Art werden bis {0} gelesen: Entpacken Sie es, und fügen Sie den Ordner hinzu',
  ],
  ['it is damaged, or of a kind that is not known', 'es ist beschädigt, oder von unbekannter Art'],
  ['it is damaged', 'es ist beschädigt'],
  ['it is encrypted', 'es ist verschlüsselt'],
  ['it holds more than {0}', 'es enthält mehr als {0}'],
  ['it ends too early', 'es endet zu früh'],
  ['its directory is damaged', 'sein Verzeichnis ist beschädigt'],
  ['it is no ZIP file, or its end is missing', 'es ist keine ZIP-Datei, oder ihr Ende fehlt'],
  ['it has {0} entries, and at most {1} are read', 'es hat {0} Einträge, und höchstens {1} werden gelesen'],
  ['the part {0} is missing', 'der Teil {0} fehlt'],
  ['the part {0} is damaged', 'der Teil {0} ist beschädigt'],
  ['the part {0} is not where it should be', 'der Teil {0} ist nicht an seiner Stelle'],
  ['{0} in it holds more than {1}', '{0} darin enthält mehr als {1}'],
  ['{0} in it is encrypted', '{0} darin ist verschlüsselt'],
  ['{0} in it is compressed in a way that is not known ({1})', '{0} darin ist auf unbekannte Weise gepackt ({1})'],

  // Reading files
  ['“{0}” could not be read: {1}.', '„{0}“ ließ sich nicht lesen: {1}.'],
  ['“{0}” cannot be read as {1}: {2}.', '„{0}“ lässt sich nicht als {1} lesen: {2}.'],
  ['“{0}” cannot be read as HTML: {1}.', '„{0}“ lässt sich nicht als HTML lesen: {1}.'],
  ['“{0}” cannot be read. {1}', '„{0}“ lässt sich nicht lesen. {1}'],
  [
    'Save it as {0} in the program that made it, and add that.',
    'Speichern Sie es in dem Programm, das es gemacht hat, als {0}, und fügen Sie das hinzu.',
  ],
  [
    'Longhand reads documents, books, presentations, tables, e-mail, web pages, source code, recordings, videos, pictures, and archives of them.',
    'Longhand liest Dokumente, Bücher, Präsentationen, Tabellen, E-Mails, Webseiten, Quelltext, Aufnahmen, Videos, Bilder und Archive davon.',
  ],
  ['“{0}” is empty.', '„{0}“ ist leer.'],
  [
    '“{0}” is not a {1}, whatever its name says: it does not begin like one.',
    '„{0}“ ist keine Datei dieser Art ({1}), was auch der Name sagt: Sie beginnt nicht so.',
  ],
  ['“{0}” is {1}, and {2} can be read up to {3}.', '„{0}“ hat {1}; {2} kann bis {3} gelesen werden.'],
  [
    '“{0}” is too long: at most {1} sections and {2} characters can be read.',
    '„{0}“ ist zu lang: Höchstens {1} Abschnitte und {2} Zeichen können gelesen werden.',
  ],
  [
    '“{0}” was given up: a step of reading it took longer than {1} seconds.',
    '„{0}“ wurde aufgegeben: Ein Schritt des Lesens dauerte länger als {1} Sekunden.',
  ],
  [
    '“{0}” brought down the process that reads files: it may be damaged, or need more memory than the {1} GiB there are for it.',
    '„{0}“ brachte den Prozess zum Absturz, der Dateien liest: Die Datei ist vielleicht beschädigt, oder braucht mehr Speicher als die {1} GiB, die es dafür gibt.',
  ],
  ['“{0}” is not a text file: it holds binary data.', '„{0}“ ist keine Textdatei: Sie enthält binäre Daten.'],
  ['“{0}” is empty: there is no text in it to read.', '„{0}“ ist leer: Es ist kein Text darin.'],
  [
    '“{0}” holds no text: the page may need a browser to build it.',
    '„{0}“ enthält keinen Text: Die Seite braucht vielleicht einen Browser, der sie aufbaut.',
  ],
  ['there is no text in it', 'es ist kein Text darin'],
  ['it has none of the lines that a letter begins with', 'es hat keine der Zeilen, mit denen ein Brief beginnt'],
  ['it does not say where its book is', 'es sagt nicht, wo sein Buch ist'],
  [
    'it is protected against being read by other programs (DRM)',
    'es ist dagegen geschützt, dass andere Programme es lesen (DRM)',
  ],
  ['it has more than {0} chapters', 'es hat mehr als {0} Kapitel'],
  ['it has more than {0} elements', 'es hat mehr als {0} Elemente'],
  ['it has more than {0} headings', 'es hat mehr als {0} Überschriften'],
  ['it has more than {0} paragraphs', 'es hat mehr als {0} Absätze'],
  ['its elements nest deeper than {0} levels', 'seine Elemente liegen tiefer als {0} Ebenen ineinander'],
  ['its groups nest too deep', 'seine Gruppen liegen zu tief ineinander'],
  ['it does not begin like one', 'es beginnt nicht so'],
  ['it holds no document', 'es enthält kein Dokument'],
  ['it holds no slide', 'es enthält keine Folie'],
  ['it holds no sheet', 'es enthält kein Tabellenblatt'],
  ['slide {0} is missing', 'Folie {0} fehlt'],
  ['it has {0} slides, and at most {1} are read', 'es hat {0} Folien, und höchstens {1} werden gelesen'],
  ['its slides are pictures without text', 'seine Folien sind Bilder ohne Text'],
  ['a row has more than {0} columns', 'eine Zeile hat mehr als {0} Spalten'],
  ['row {0} has more than {1} columns', 'Zeile {0} hat mehr als {1} Spalten'],
  ['the field in row {0} is longer than {1} characters', 'das Feld in Zeile {0} ist länger als {1} Zeichen'],
  ['a row has an impossible number', 'eine Zeile hat eine unmögliche Nummer'],
  ['a cell has an impossible column', 'eine Zelle hat eine unmögliche Spalte'],
  ['its XML is damaged: {0}', 'sein XML ist beschädigt: {0}'],
  [
    'its XML has too many elements, or they nest too deep',
    'sein XML hat zu viele Elemente, oder sie liegen zu tief ineinander',
  ],
  ['its XML has too many elements', 'sein XML hat zu viele Elemente'],
  [
    'it needs a password. Remove the password in the program that made it, and add the file again',
    'es braucht ein Passwort. Entfernen Sie das Passwort in dem Programm, das es gemacht hat, und fügen Sie die Datei neu hinzu',
  ],
  [
    'it is in the format of old Office versions. Save it in the current format',
    'es hat das Format alter Office-Versionen. Speichern Sie es im jetzigen Format',
  ],
  ['“{0}” needs a password to be read.', '„{0}“ braucht ein Passwort, um gelesen zu werden.'],
  ['“{0}” is not opened by this password.', 'Dieses Passwort öffnet „{0}“ nicht.'],
  [
    '“{0}” is not a readable PDF: it is damaged or incomplete.',
    '„{0}“ ist kein lesbares PDF: es ist beschädigt oder unvollständig.',
  ],
  ['“{0}” is too large: {1}.', '„{0}“ ist zu groß: {1}.'],
  ['it has {0} pages, and at most {1} can be read', 'es hat {0} Seiten, und höchstens {1} können gelesen werden'],
  ['it holds more than {0} characters', 'es enthält mehr als {0} Zeichen'],
  ['its page {0} has more than {1} pieces of text', 'seine Seite {0} hat mehr als {1} Textstücke'],
  ['“{0}” is damaged: none of its {1} pages can be read.', '„{0}“ ist beschädigt: Keine der {1} Seiten ist lesbar.'],
  [
    '“{0}” holds no text that can be read: its {1} pages are pictures.',
    '„{0}“ enthält keinen lesbaren Text: Die {1} Seiten sind Bilder.',
  ],
  ['The text of its scanned pages was not read: {0}', 'Der Text der eingescannten Seiten wurde nicht gelesen: {0}'],

  // Recordings and pictures
  ['“{0}” cannot be read as a recording: {1}.', '„{0}“ lässt sich nicht als Aufnahme lesen: {1}.'],
  ['it is of no kind that is known', 'sie ist von keiner bekannten Art'],
  ['it holds neither sound nor pictures', 'sie enthält weder Ton noch Bilder'],
  ['It is longer than {0} hours.', 'Sie ist länger als {0} Stunden.'],
  [
    'It has {0} samples a second, which no recording has.',
    'Sie hat {0} Abtastwerte je Sekunde, was keine Aufnahme hat.',
  ],
  [
    '“{0}” has {1} sound, which is decoded in Longhand’s window: add it there.',
    '„{0}“ hat Ton der Art {1}, der im Fenster von Longhand dekodiert wird: Fügen Sie es dort hinzu.',
  ],
  [
    '“{0}” has no sound, and its pictures are looked at in Longhand’s window: add it there.',
    '„{0}“ hat keinen Ton, und die Bilder werden im Fenster von Longhand angesehen: Fügen Sie es dort hinzu.',
  ],
  [
    '“{0}” is a picture, whose text is read in Longhand’s window: add it there.',
    '„{0}“ ist ein Bild, dessen Text im Fenster von Longhand gelesen wird: Fügen Sie es dort hinzu.',
  ],
  [
    'Its pictures were not looked at: that is done in Longhand’s window.',
    'Die Bilder wurden nicht angesehen: Das geschieht im Fenster von Longhand.',
  ],
  [
    '“{0}” was heard as English, the one language that the speech model knows, and hardly understood: its text may say nothing of what was said.',
    '„{0}“ wurde als Englisch gehört, die einzige Sprache, die das Modell für Sprache kennt, und kaum verstanden: Der Text sagt vielleicht nichts von dem, was gesagt wurde.',
  ],
  ['The window that decoded the recording was closed.', 'Das Fenster, das die Aufnahme dekodierte, wurde geschlossen.'],
  [
    '“{0}” has {1}, which cannot be decoded on this machine.',
    '„{0}“ hat {1}; das lässt sich auf diesem Rechner nicht dekodieren.',
  ],
  ['“{0}” holds neither sound nor pictures.', '„{0}“ enthält weder Ton noch Bilder.'],
  ['“{0}” could not be decoded: {1}', '„{0}“ ließ sich nicht dekodieren: {1}'],
  ['the decoder stopped', 'der Decoder hielt an'],
  ['it could not be fetched (status {0})', 'es ließ sich nicht holen (Status {0})'],
  ['there is no memory for it', 'es gibt keinen Speicher dafür'],
];
