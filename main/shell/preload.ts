/** The bridge between the sandboxed page and main: one channel, and the paths of files that the person chose. */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { LonghandBridge } from '../../renderer/app/host.ts';
import { ipcChannelName } from './electron-channel.ts';

const page = crypto.randomUUID();

contextBridge.exposeInMainWorld('longhand', {
  channel: {
    send: (message) => ipcRenderer.send(ipcChannelName, page, message),
    onMessage(listener) {
      ipcRenderer.on(ipcChannelName, (_event, to: unknown, message: unknown) => {
        if (to === page) listener(message);
      });
    },
  },
  pathForFile: (file) => webUtils.getPathForFile(file),
  platform: process.platform,
} satisfies LonghandBridge);
