/** Icons of the files' pages, on the grid of ui/icons.tsx. */
const PATHS = {
  folder: 'M3.600 7.200a2 2 0 0 1 2-2h4l2 2.400h6.800a2 2 0 0 1 2 2v7.600a2 2 0 0 1-2 2H5.600a2 2 0 0 1-2-2Z',
  file: 'M6.500 3.600h7l4 4v12.800h-11ZM13.500 3.600v4h4',
  image: 'M4 5h16v14H4zM4 16l4.500-4.500 3.500 3.500 2.500-2.500L20 17M15.500 9.200h.01',
  sound: 'M9 17.500V6l9-1.800v11.300M9 17.500a2.200 2.200 0 1 1-2.200-2.200A2.200 2.200 0 0 1 9 17.500ZM18 15.500a2.200 2.200 0 1 1-2.200-2.200 2.200 2.200 0 0 1 2.200 2.200Z',
  film: 'M4 5h16v14H4zM8 5v14M16 5v14M4 9.700h4M4 14.300h4M16 9.700h4M16 14.300h4',
  text: 'M6.500 3.600h7l4 4v12.800h-11ZM9 11h6M9 14h6M9 17h4',
  upload: 'M12 15.500V4.500M7.500 9 12 4.500 16.500 9M4.500 15.500v4h15v-4',
  download: 'M12 4.500v11M7.500 11l4.500 4.500L16.500 11M4.500 15.500v4h15v-4',
  trash: 'M5 7h14M10 4.200h4M7 7l.8 12.800h8.400L17 7M10.300 10.500v6M13.700 10.500v6',
  search: 'M10.800 17a6.200 6.200 0 1 0 0-12.400 6.200 6.200 0 0 0 0 12.400ZM15.400 15.400 20 20',
  addFolder: 'M3.600 7.200a2 2 0 0 1 2-2h4l2 2.400h6.800a2 2 0 0 1 2 2v7.600a2 2 0 0 1-2 2H5.600a2 2 0 0 1-2-2ZM12 11v5M9.500 13.500h5',
  pause: 'M8.500 6v12M15.500 6v12',
  play: 'M8 5.500v13l10-6.500Z',
  lock: 'M6.500 11h11v8.500h-11zM9 11V8a3 3 0 0 1 6 0v3',
} as const;

export type FileIconName = keyof typeof PATHS;

export function FileIcon({ name, size = 22 }: { name: FileIconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The icon of a media type. */
export function iconOf(type: string, folder = false): FileIconName {
  if (folder) return 'folder';
  const kind = type.split('/')[0];
  return kind === 'image' ? 'image' : kind === 'audio' ? 'sound' : kind === 'video' ? 'film' : kind === 'text' || type === 'application/pdf' ? 'text' : 'file';
}
