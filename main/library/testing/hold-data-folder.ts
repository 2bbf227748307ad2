/** A process that opens the data folder named in its arguments, says so, and stays. */
import { openDatabase } from '../database.ts';

const [, , dataFolder = ''] = process.argv;
const database = openDatabase(dataFolder);
database.run(`INSERT OR REPLACE INTO settings (key, value) VALUES ('held', 'true')`);
process.stdout.write('open\n');
setInterval(() => database.get('SELECT 1'), 60_000);
