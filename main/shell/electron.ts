/** The program of the Electron shell. Nothing else imports Electron, but for the preload script. */
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, screen, session, utilityProcess } from 'electron';
import { createApp } from '../index.ts';
import { runElectron } from './electron-shell.ts';

const electron = { app, BrowserWindow, dialog, ipcMain, Menu, protocol, screen, session, utilityProcess };

void runElectron(electron, createApp, process.argv.slice(app.isPackaged ? 1 : 2));
