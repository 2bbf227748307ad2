/** How the installers are made: what is packed for which system, and what the program may do. */
import type { Configuration } from 'electron-builder';

/** What of onnxruntime and of SQLite is for another system than the target's. */
const nativePackages = [
  '!node_modules/onnxruntime-node/{bin,lib,script}/**',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: electron-builder fills in the target
  'node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/**',
  // The same library under its full version, which nothing loads.
  '!**/libonnxruntime.*.*.*.dylib',
  '!node_modules/@photostructure/sqlite/{prebuilds,src,scripts}/**',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: electron-builder fills in the target
  'node_modules/@photostructure/sqlite/prebuilds/${platform}-${arch}/*.glibc.node',
];

/** pdf.js is packed as main imports it; the window has its own inside. */
const pdfPackage = [
  '!node_modules/pdfjs-dist/{build,image_decoders,types,web}/**',
  '!node_modules/pdfjs-dist/legacy/{image_decoders,web}/**',
  '!node_modules/pdfjs-dist/legacy/build/pdf.{sandbox,min,sandbox.min,worker.min}.mjs',
];

/** What packages bring for other ways to import them. */
const otherBuilds = ['!node_modules/postal-mime/{src,dist/cjs}/**', '!node_modules/libarchive-wasm/src/**'];

/** mediabunny is packed as main imports it; the window has its own inside. */
const mediaPackage = ['!node_modules/mediabunny/{src,dist/bundles}/**'];

/** Packages that only compile or download what is here already. */
const installers = ['adm-zip', 'global-agent', 'node-addon-api', '@napi-rs'];

const office = 'application/vnd.openxmlformats-officedocument';

/** What can be opened with Longhand. Source code and JSON are read too, but belong to their editors. */
const documents = [
  { ext: 'pdf', name: 'PDF document', mimeType: 'application/pdf' },
  { ext: 'docx', name: 'Word document', mimeType: `${office}.wordprocessingml.document` },
  { ext: 'pptx', name: 'PowerPoint presentation', mimeType: `${office}.presentationml.presentation` },
  { ext: 'xlsx', name: 'Excel workbook', mimeType: `${office}.spreadsheetml.sheet` },
  { ext: 'odt', name: 'OpenDocument text', mimeType: 'application/vnd.oasis.opendocument.text' },
  { ext: 'odp', name: 'OpenDocument presentation', mimeType: 'application/vnd.oasis.opendocument.presentation' },
  { ext: 'ods', name: 'OpenDocument spreadsheet', mimeType: 'application/vnd.oasis.opendocument.spreadsheet' },
  { ext: 'rtf', name: 'RTF document', mimeType: 'application/rtf' },
  { ext: 'epub', name: 'EPUB book', mimeType: 'application/epub+zip' },
  { ext: 'eml', name: 'E-mail', mimeType: 'message/rfc822' },
  { ext: 'srt', name: 'Subtitles', mimeType: 'application/x-subrip' },
  { ext: 'vtt', name: 'Subtitles', mimeType: 'text/vtt' },
  { ext: ['csv', 'tsv'], name: 'Table', mimeType: 'text/csv' },
  { ext: ['md', 'markdown'], name: 'Markdown document', mimeType: 'text/markdown' },
  { ext: 'txt', name: 'Text document', mimeType: 'text/plain' },
  { ext: ['html', 'htm'], name: 'HTML document', mimeType: 'text/html' },
  { ext: 'png', name: 'Image', mimeType: 'image/png' },
  { ext: ['jpg', 'jpeg'], name: 'Image', mimeType: 'image/jpeg' },
  { ext: 'webp', name: 'Image', mimeType: 'image/webp' },
  { ext: 'wav', name: 'Recording', mimeType: 'audio/wav' },
  { ext: 'mp3', name: 'Recording', mimeType: 'audio/mpeg' },
  { ext: 'aac', name: 'Recording', mimeType: 'audio/aac' },
  { ext: 'flac', name: 'Recording', mimeType: 'audio/flac' },
  { ext: ['m4a', 'm4b'], name: 'Recording', mimeType: 'audio/mp4' },
  { ext: ['ogg', 'oga', 'opus'], name: 'Recording', mimeType: 'audio/ogg' },
  { ext: ['mka', 'weba'], name: 'Recording', mimeType: 'audio/webm' },
  { ext: ['mp4', 'm4v'], name: 'Video', mimeType: 'video/mp4' },
  { ext: 'mov', name: 'Video', mimeType: 'video/quicktime' },
  { ext: 'webm', name: 'Video', mimeType: 'video/webm' },
  { ext: 'mkv', name: 'Video', mimeType: 'video/x-matroska' },
];

export default {
  appId: 'app.longhand.Longhand',
  productName: 'Longhand',
  copyright: 'Licensed under the Apache License 2.0',
  directories: { output: 'dist', buildResources: 'assets' },
  files: [
    'package.json',
    'LICENSE',
    'THIRD-PARTY-NOTICES.md',
    'out/{main,preload,renderer}/**',
    ...nativePackages,
    ...pdfPackage,
    ...mediaPackage,
    ...otherBuilds,
    ...installers.map((name) => `!node_modules/${name}/**`),
    '!node_modules/**/*.{map,ts,mts,cts,md,markdown}',
    '!out/**/*.map',
    '!**/{test,tests,__tests__,__fixtures__,docs,example,examples,.yarn}/**',
  ],
  extraResources: [
    { from: 'native-models/bundled', to: 'native-models/bundled' },
    { from: 'assets/samples', to: 'assets/samples' },
  ],
  asar: true,
  // A library cannot be loaded from inside an archive.
  asarUnpack: ['node_modules/onnxruntime-node/bin/**', 'node_modules/@photostructure/sqlite/prebuilds/**'],
  // Every native package brings its binaries.
  npmRebuild: false,
  nodeGypRebuild: false,
  electronFuses: {
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  },
  fileAssociations: documents.map((document) => ({ ...document, role: 'Viewer' })),
  win: { target: ['nsis'], icon: 'assets/icons/icon.png' },
  nsis: { oneClick: false, perMachine: false, allowToChangeInstallationDirectory: true },
  mac: {
    target: [{ target: 'dmg', arch: 'arm64' }],
    icon: 'assets/icons/icon.png',
    category: 'public.app-category.productivity',
    hardenedRuntime: true,
    entitlements: 'assets/entitlements.mac.plist',
    entitlementsInherit: 'assets/entitlements.mac.plist',
  },
  linux: {
    target: ['AppImage', 'deb'],
    icon: 'assets/icons/icon.png',
    category: 'Office',
    synopsis: 'A private assistant that has really read what you give it',
    maintainer: 'Longhand',
  },
} satisfies Configuration;
